/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program that the daemon runs through BPF_PROG_TEST_RUN, so that expiry, the end of flows that the
 * rules no longer allow, and what a flow needs to be one are decided by the code that the packets use.
 * Packets may come in the middle of it (docs/decisions/0037-whose-memory-whose-row.md): it shares tables with them, where changes are
 * single exchanges, and no memory of one CPU but counters.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/flow/end.h"
#include "bpf/flow/fetch.h"
#include "bpf/flow/gc.h"
#include "bpf/flow/over.h"
#include "bpf/flow/put.h"
#include "bpf/flow/rejudge.h"
#include "bpf/fragment/frag_queue.h"
#include "bpf/limit/bucket.h"
#include "bpf/limit/keep.h"
#include "bpf/nat/port_rest.h"
#include "bpf/state/slots.h"
#include "bpf/state/table.h"
#include "bpf/state/timeout.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/limit.h"
#include "maps/limit_debt.h"
#include "maps/slots.h"

/* In the packet's mark; loader/engine/ebpf/runner.hpp has the same. */
enum gc_mode {
	GC_EXPIRED,
	GC_DISALLOWED, /* and expired */
	GC_ALL,
	GC_RESTS = 3,       /* no list: gives back ports whose rest is over */
	GC_ADOPT = 4,       /* rows that user space wrote become a flow with a slot */
	GC_FRAG_QUEUES = 5, /* no list: the pieces that wait for their first one */
	GC_LIMITS = 6,      /* a list of struct sl_limit_key: buckets that are full again */
	GC_PUT = 7, /* a list of struct sl_flow_pair: both rows are put into the tables, or none; until one cannot be */
	GC_LED = 8, /* with GC_WALK: flows of one object are judged again, also by the rules that they were judged by */
	GC_TOUCH = 9,  /* with GC_WALK: the memory of tables is touched, so that no packet is the first to do so */
	GC_DEBTS = 10, /* a list of struct sl_limit_debt: buckets are kept as another gateway has them */
	GC_WALK = 256, /* with one of the first three, GC_LED or GC_TOUCH: no list, but a stretch of slots */
};

#define GC_OBJECT_SHIFT 9 /* above these: the number of the object of GC_LED; 0: any */
#define GC_OBJECT(mode) ((mode) >> GC_OBJECT_SHIFT)
#define GC_MODE(mode) ((mode) & ((1 << GC_OBJECT_SHIFT) - 1))

/* The flow's next packet need not judge it again. */
static __always_inline int judge_again(pkt_ctx *ctx, struct sl_tuple *t, struct sl_flow *f, struct sl_flow *peer,
				       const struct sl_config *c, __u32 now, __u32 mode)
{
	__u32 version = *(volatile __u32 *)&c->version;
	struct sl_tuple original = *t;

	if ((mode == GC_DISALLOWED && SL_GENERATION(f->version) == SL_GENERATION(version)) || is_over(f))
		return 0;
	if (f->flags & SL_FLOW_REPLY)
		tuple_of_peer(t, f, &original);
	if (!still_allowed(ctx, &original, version, now))
		return goes_over(f, peer) ? 0 : end_flow(t);
	take_over_zones(f, peer, f->flags & SL_FLOW_REPLY ? peer : f, version);
	f->version = (version & 0xffff0000) | (f->version & 0xffff);
	return 0;
}

__noinline int gc_one(pkt_ctx *ctx, struct sl_tuple *t, __u32 mode)
{
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();
	__u32 now = bpf_jiffies64();
	struct sl_flow *f, *peer;

	if (!c || !t || !s)
		return 0;
	f = flow_find(t);
	if (!f)
		return 0;
	tuple_of_peer(t, f, &s->peer);
	peer = flow_find(&s->peer);
	if (mode == GC_ALL || !peer || is_idle_too_long(c, t, f, peer, now))
		return end_flow(t);
	if (mode == GC_ADOPT)
		return adopt(ctx, t, f, peer, now);
	return mode == GC_DISALLOWED || mode == GC_LED ? judge_again(ctx, t, f, peer, c, now, mode) : 0;
}

#define GC_MAX 32 /* rows of a list */

static __always_inline int end_rests(void)
{
	int i, ended = 0;

	for (i = 0; i < GC_MAX; i++)
		ended += end_rest(0);
	return ended;
}

static __always_inline int end_buckets(struct __sk_buff *ctx)
{
	__u64 now = bpf_ktime_get_ns() << SL_LIMIT_TIME_SHIFT;
	struct sl_limit_key key;
	int i, ended = 0;

	for (i = 0; i < GC_MAX; i++) {
		if (bpf_skb_load_bytes(ctx, GC_OFFSET + i * sizeof(key), &key, sizeof(key)))
			break;
		ended += end_bucket(&key, now);
	}
	return ended;
}

static __always_inline int keep_debts(struct __sk_buff *ctx)
{
	int i, kept = 0;

	for (i = 0; i < GC_MAX && GC_OFFSET + (i + 1) * sizeof(struct sl_limit_debt) <= ctx->len; i++)
		kept += keep_debt(ctx, GC_OFFSET + i * sizeof(struct sl_limit_debt));
	return kept;
}

static __always_inline bool is_led_by(struct sl_tuple *original, __u32 object)
{
	struct sl_flow *o = flow_find(original);

	return !object || (o && o->policy == object);
}

/* With new rules or timeouts, what the slot says of its time is worth nothing. */
static __always_inline int walk_one(pkt_ctx *ctx, struct scratch *s, struct sl_slot *slot, __u32 family, __u32 number,
				    __u32 mode)
{
	__u32 now = bpf_jiffies64();

	if (mode == GC_EXPIRED)
		return look_at_slot(family, number, now) == SLOT_DEAD ? end_flow(&s->candidate) : 0;
	slot_key(family, number, &s->candidate);
	if (GC_MODE(mode) == GC_LED && !is_led_by(&s->candidate, GC_OBJECT(mode)))
		return 0;
	slot->due = now;
	return gc_one(ctx, &s->candidate, GC_MODE(mode));
}

/* A walk looks at a stretch of slots, in steps, so that the verifier reads one step and not the stretch. */
#define WALK_STEPS 64
#define WALK_STEP 16

/* From this place on; most slots are free, and nothing but a look is spent on those. */
__noinline int walk_step(pkt_ctx *ctx, __u32 place, __u32 mode)
{
	__u32 family = place & SL_PLACE_IPV6 ? 6 : 4, first = place & ~SL_PLACE_IPV6, i;
	struct scratch *s = scratch_get();
	struct sl_slot *slot;
	__u32 word;
	int ended = 0;

	if (!s)
		return 0;
	for (i = 0; i < WALK_STEP; i++) {
		slot = slot_at(family, first + i);
		word = slot ? slot_word(slot) : SL_SLOT_FREE;
		if (mode == GC_TOUCH)
			touch_rows(family, first + i);
		else if (slot && slot_is(word, SL_SLOT_TAKEN))
			ended += walk_one(ctx, s, slot, family, first + i, mode);
	}
	return ended;
}

/* The packet's priority is the first slot, written like a place in half_open. */
static __always_inline int walk(pkt_ctx *ctx, __u32 mode)
{
	__u32 i, first = ctx->priority;
	int ended = 0;

	for (i = 0; i < WALK_STEPS; i++)
		ended += walk_step(ctx, first + i * WALK_STEP, mode);
	return ended;
}

/* 1 while the collector runs on this CPU: where the kernel is preemptible another process may begin one there. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} gc_running SEC(".maps");

static __always_inline __u32 *gc_running_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&gc_running, &zero);
}

static __always_inline int gc_as_told(struct __sk_buff *ctx)
{
	struct sl_tuple t;
	__u32 i, mode = ctx->mark & ~GC_WALK;
	int done = 0;

	if (ctx->mark & GC_WALK)
		return walk(ctx, mode);
	if (mode == GC_RESTS)
		return end_rests();
	if (mode == GC_FRAG_QUEUES)
		return expire_frag_queues();
	if (mode == GC_PUT)
		return put_pairs(ctx);
	if (mode == GC_LIMITS)
		return end_buckets(ctx);
	if (mode == GC_DEBTS)
		return keep_debts(ctx);
	for (i = 0; i < GC_MAX; i++) {
		if (bpf_skb_load_bytes(ctx, GC_OFFSET + i * sizeof(t), &t, sizeof(t)))
			break;
		done += gc_one(ctx, &t, mode);
	}
	return done;
}
