/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of limits, see maps/limit.h. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/types.h"

#include "maps/layout.h"
#include "maps/limit.h"

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
