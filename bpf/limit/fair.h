/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP that has more of a bucket of bytes than all others together is dropped a little before the bucket is full: the last part is
 * for the others. So two connections that lose packets, because two packets in flight are more than rate and round trip,
 * lose them alike. One candidate is enough for that (J. Misra and D. Gries, "Finding repeated elements", 1982): whoever pays
 * raises his own lead or lowers that of another one. Datagrams are counted, and have the whole bucket: they would not yield.
 */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/types.h"

#include "maps/limit.h"

#define FAIR_SECONDS 2ULL /* who has not paid for so long needs nothing kept */
#define FAIR_PART 16      /* of the bucket, that is for the others */
#define FAIR_LEAD 32      /* a lead of this part of the bucket is none yet */

static __always_inline bool others_pay(const struct sl_bucket *b, __u64 now)
{
	return now - *(volatile __u64 *)&b->others < FAIR_SECONDS * 1000000000 << SL_LIMIT_TIME_SHIFT;
}

/* Whether the packet's flow leaves the rest of the bucket to others. */
static __always_inline bool is_ahead(const struct sl_bucket *b, const struct limited *what, __u64 burst)
{
	__u64 full_at = *(volatile __u64 *)&b->full_at;

	if (full_at <= what->now || full_at - what->now <= burst - burst / FAIR_PART)
		return false;
	return what->yields && what->slot && b->most == what->slot &&
	       b->ahead > burst / FAIR_LEAD >> SL_LIMIT_AHEAD_SHIFT && others_pay(b, what->now);
}

/* The packet paid. Only while the bucket is in use: otherwise there is enough for all. */
static __always_inline void note_payer(struct sl_bucket *b, const struct limited *what, __u64 cost, __u64 burst)
{
	__u64 full_at = *(volatile __u64 *)&b->full_at;
	__u32 paid = cost >> SL_LIMIT_AHEAD_SHIFT, ahead = b->ahead, most = burst >> SL_LIMIT_AHEAD_SHIFT;

	if (!what->slot || full_at <= what->now || full_at - what->now <= burst / 8)
		return;
	if (!b->most)
		b->most = what->slot;
	if (b->most == what->slot) {
		b->ahead = ahead + paid < most ? ahead + paid : most;
		return;
	}
	if (!others_pay(b, what->now))
		ahead = 0;
	b->others = what->now;
	if (ahead > paid) {
		b->ahead = ahead - paid;
		return;
	}
	b->most = what->slot;
	b->ahead = paid - ahead;
}
