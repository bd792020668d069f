/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of limits, see maps/limit.h. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/types.h"

#include "maps/layout.h"
#include "maps/limit.h"
#include "maps/rules.h"

GENERATIONS_OF_ARRAY(limits, struct sl_limit);
GENERATIONS_OF_ARRAY(limit_bits, struct sl_limit_set);
GENERATIONS_OF_ARRAY(limit_rows, struct sl_limit_row);
GENERATIONS_OF_TRIE(limit_addresses, struct sl_prefix_key, __u32);
GENERATIONS_OF_TRIE(limit_service, struct sl_service_key, __u32);
GENERATIONS_OF_HASH(limit_forwards, __u32, __u32);
GENERATIONS_OF_HASH(limit_sets, struct sl_limit_set, __u32);

/* Memory for those who are counted only. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SL_MAX_BUCKETS);
	__type(key, struct sl_limit_key);
	__type(value, struct sl_bucket);
	PINNED;
} limit_buckets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SL_MAX_OBJECTS);
	__type(key, __u32);
	__type(value, struct sl_limit_shared);
	PINNED;
} limit_shared SEC(".maps");
