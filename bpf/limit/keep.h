/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Buckets as another gateway has them (maps/limit_debt.h), kept by the collector. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/types.h"
#include "bpf/limit/bucket.h"
#include "bpf/limit/maps.h"

#include "maps/limit.h"
#include "maps/limit_debt.h"

/* The one that lies at `at`. Packets of this gateway's own may have taken more: later is emptier, and stays. */
__noinline int keep_debt(struct __sk_buff *ctx, __u32 at)
{
	struct sl_limit_shared *shared;
	struct sl_limit_debt d;
	struct sl_bucket *b;
	__u64 seen;
	int i;

	if (bpf_skb_load_bytes(ctx, at, &d, sizeof(d)))
		return 0;
	shared = bpf_map_lookup_elem(&limit_shared, &d.key.limit);
	if (!shared)
		return 0;
	b = &shared->bucket;
	if (d.rooms) {
		b = bpf_map_lookup_elem(&limit_buckets, &d.key);
		if (!b)
			b = new_bucket(&d.key, d.rooms, shared);
		if (!b)
			return 0;
	}
	for (i = 0; i < BUCKET_TRIES; i++) {
		seen = *(volatile __u64 *)&b->full_at;
		if (seen >= d.full_at)
			break;
		if (__sync_val_compare_and_swap(&b->full_at, seen, d.full_at) == seen)
			return 1;
	}
	return 0;
}
