/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of what is alive: flows, mappings, the hosts that have them, fragments. Ports: nat/port_maps.h. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/types.h"

#include "maps/accounts.h"
#include "maps/flow.h"
#include "maps/fragment.h"
#include "maps/mapping.h"
#include "maps/question.h"
#include "maps/slots.h"
#include "maps/tunnel.h"

/* max_entries of the first ten is set by the loader: by the document or from the machine's memory. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* the first home begins a page, and the daemon reads without asking */
	__uint(max_entries, SL_HOMES_FOR(1 << 18));
	__type(key, __u32);
	__type(value, struct sl_home4);
	PINNED;
} flows4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SL_HOMES_FOR(1 << 16));
	__type(key, __u32);
	__type(value, struct sl_home6);
	PINNED;
} flows6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SL_OVERFLOW_FOR(1 << 18));
	__type(key, struct sl_flow4_key);
	__type(value, __u32);
	PINNED;
} flow_overflow4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SL_OVERFLOW_FOR(1 << 16));
	__type(key, struct sl_flow6_key);
	__type(value, __u32);
	PINNED;
} flow_overflow6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 17);
	__type(key, struct sl_endpoint);
	__type(value, struct sl_endpoint);
	PINNED;
} nat_inside SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 17);
	__type(key, struct sl_endpoint);
	__type(value, struct sl_mapping);
	PINNED;
} nat_outside SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 18);
	__type(key, struct sl_peer_key);
	__type(value, struct sl_peer);
	PINNED;
} nat_peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 18);
	__type(key, __u32);
	__type(value, struct sl_flow_slot4);
	PINNED;
} flow_slots4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 16);
	__type(key, __u32);
	__type(value, struct sl_flow_slot6);
	PINNED;
} flow_slots6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 16);
	__type(key, __u32);
	__type(value, __u64);
	PINNED;
} half_open SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SL_MAX_HOSTS);
	__type(key, struct sl_host);
	__type(value, struct sl_account);
	PINNED;
} host_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SL_SHARED_ACCOUNTS);
	__type(key, __u32);
	__type(value, struct sl_account);
	PINNED;
} host_shared SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SL_MAX_TENANTS);
	__type(key, __u32);
	__type(value, struct sl_tenant);
	PINNED;
} tenant_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SL_MAX_TARGETS);
	__type(key, struct sl_target);
	__type(value, __u32);
	PINNED;
} half_open_targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SL_MAX_TUNNEL_ENDS);
	__type(key, struct sl_tunnel_end_key);
	__type(value, struct sl_tunnel_end);
	PINNED;
} tunnel_ends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SL_GC_CURSORS);
	__type(key, __u32);
	__type(value, struct sl_gc_cursor);
	PINNED;
} gc_cursors SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SL_GC_CURSORS);
	__type(key, __u32);
	__type(value, struct sl_flow_count);
	PINNED;
} flow_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SL_FRAGMENT_ROWS);
	__type(key, struct sl_fragment_key);
	__type(value, struct sl_fragment);
	PINNED;
} fragments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SL_QUESTION_ROWS);
	__type(key, struct sl_question_key);
	__type(value, struct sl_question);
	PINNED;
} questions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SL_FRAG_QUEUES);
	__type(key, __u32);
	__type(value, struct sl_frag_queue);
	PINNED;
} frag_queues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SL_FRAG_QUEUES * SL_FRAG_QUEUE_PLACES);
	__type(key, __u32);
	__type(value, struct sl_queued_bytes);
	PINNED;
} queued_bytes SEC(".maps");

/* The next IPv4 id of a source, destination and protocol, by their hash; they share rows by chance. */
#define FRAGMENT_ID_ROWS 1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FRAGMENT_ID_ROWS);
	__type(key, __u32);
	__type(value, __u32);
	PINNED;
} fragment_ids SEC(".maps");

static __always_inline __u32 slot_count(__u8 family)
{
	return family == 4 ? rows_of(&flow_slots4) : rows_of(&flow_slots6);
}
