/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables of free, resting and counted ports, see maps/ports.h. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/types.h"

#include "maps/ports.h"

/* As large as outside addresses are in use: a pool of thousands fills it only where each is used. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 16);
	__type(key, struct sl_chunk_key);
	__type(value, struct sl_chunk);
	PINNED;
} port_chunks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SL_CROWDS);
	__type(key, struct sl_crowd_key);
	__type(value, struct sl_crowd);
	PINNED;
} port_crowds SEC(".maps");

/* max_entries of the next and of host_mappings is that of nat_outside. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 17);
	__type(key, __u32);
	__type(value, struct sl_resting);
	PINNED;
} resting_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 17);
	__type(key, struct sl_host_key);
	__type(value, __u32);
	PINNED;
} host_mappings SEC(".maps");
