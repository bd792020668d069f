/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shares of what all use, see maps/budget.h. Nothing is written where nothing is left. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/types.h"

#include "maps/budget.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SL_BUDGETS);
	__type(key, __u32);
	__type(value, struct sl_budget);
	PINNED;
} budgets SEC(".maps");

static __always_inline __s32 budget_used(__u32 row)
{
	struct sl_budget *b = bpf_map_lookup_elem(&budgets, &row);

	return b ? *(volatile __s32 *)&b->count : 0;
}

static __always_inline void budget_count(__u32 row, __s32 more)
{
	struct sl_budget *b = bpf_map_lookup_elem(&budgets, &row);

	if (b)
		__sync_fetch_and_add(&b->count, more);
}

/* One of `most` in `time`, of whatever unit `now` is. */
static __always_inline bool budget_take(__u32 row, __u32 now, __u32 time, __s32 most)
{
	struct sl_budget *b = bpf_map_lookup_elem(&budgets, &row);

	if (!b)
		return false;
	if (now - b->since >= time) {
		b->since = now;
		b->count = 0;
	}
	if (*(volatile __s32 *)&b->count >= most)
		return false;
	__sync_fetch_and_add(&b->count, 1);
	return true;
}

/* What was counted anew meanwhile does not fall below nothing. */
static __always_inline void budget_give_back(__u32 row)
{
	struct sl_budget *b = bpf_map_lookup_elem(&budgets, &row);

	if (b && *(volatile __s32 *)&b->count > 0)
		__sync_fetch_and_add(&b->count, -1);
}
