/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a packet costs, taken from every limit that concerns it: all have room for it, or none is charged. A first packet is
 * asked before anything is made of it.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/limit/bucket.h"
#include "bpf/limit/fair.h"
#include "bpf/limit/maps.h"
#include "bpf/limit/match.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/limit.h"

static __always_inline void count_limited(__u32 object, const struct limited *what)
{
	struct sl_object_count *c = bpf_map_lookup_elem(&object_counters, &object);

	if (!c)
		return;
	__sync_fetch_and_add(&c->packets, what->packets);
	__sync_fetch_and_add(&c->bytes, what->bytes);
}

enum limit_answer { LIMIT_NOT_ASKED, LIMIT_TAKEN, LIMIT_MARKED, LIMIT_EXCEEDED };
enum limit_asked { LIMIT_EARLY = 1, LIMIT_LATE = 2 };

static __always_inline bool is_asked(const struct sl_limit *l, __u32 asked)
{
	return asked & (l->flags & SL_LIMIT_LATE ? LIMIT_LATE : LIMIT_EARLY);
}

/* Takes what the packet costs from one limit. */
__noinline int take_from(struct limited *what, __u32 number, __u32 asked)
{
	struct scratch *s = scratch_get();
	struct sl_bucket *b;
	struct sl_limit *l;
	__u64 cost;
	bool fair;

	if (!s || !what)
		return LIMIT_EXCEEDED;
	l = limit_find(what->version, number);
	if (!l || !is_asked(l, asked))
		return LIMIT_NOT_ASKED;
	b = bucket_of(s, what, l, true);
	fair = l->flags & SL_LIMIT_BYTES && !(l->flags & SL_LIMIT_MARKS);
	cost = cost_of(what, l);
	if (b && !(fair && is_ahead(b, what, l->burst)) && bucket_take(b, what->now, cost, l->burst)) {
		if (fair)
			note_payer(b, what, cost, l->burst);
		return LIMIT_TAKEN;
	}
	count_limited(l->exceeded, what);
	s->captured.limit = l->exceeded;
	if (!(l->flags & SL_LIMIT_MARKS))
		return LIMIT_EXCEEDED;
	what->marks = l->dscp + 1;
	return LIMIT_MARKED;
}

/* The end of it: another limit had no room, or all had. */
__noinline int settle_with(struct limited *what, __u32 number, __u32 passes)
{
	struct scratch *s = scratch_get();
	struct sl_bucket *b;
	struct sl_limit *l;

	if (!s || !what)
		return 0;
	l = limit_find(what->version, number);
	if (!l)
		return 0;
	if (passes) {
		count_limited(l->passed, what);
		return 0;
	}
	b = bucket_of(s, what, l, true);
	if (b)
		bucket_give_back(b, cost_of(what, l));
	return 0;
}

/* `list` is four numbers of 16 bits. 0: the packet may pass. */
static __always_inline int take_from_all(struct limited *what, __u64 list, __u32 asked)
{
	__u32 taken = 0, exceeded = 0;
	int i;

	for (i = 0; i < SL_LIMITS_PER_FLOW && !exceeded; i++) {
		__u32 number = list >> 16 * i & 0xffff;

		if (!number)
			break;
		switch (take_from(what, number, asked)) {
		case LIMIT_TAKEN:
			taken |= 1 << i;
			break;
		case LIMIT_EXCEEDED:
			exceeded = 1;
		}
	}
	for (i = 0; i < SL_LIMITS_PER_FLOW; i++)
		if (taken >> i & 1)
			settle_with(what, list >> 16 * i & 0xffff, !exceeded);
	return exceeded;
}

static __always_inline __u64 list_of(const __u16 *numbers)
{
	return (__u64)numbers[3] << 48 | (__u64)numbers[2] << 32 | (__u64)numbers[1] << 16 | numbers[0];
}

static __always_inline __u32 header_bytes(const struct pkt *p)
{
	__u32 headers = p->l4_off - p->l3_off;

	if (p->is & PKT_TCP)
		return p->bytes - (p->tcp_end - p->tcp_seq);
	return headers + sizeof(struct udphdr);
}

/* A super-packet costs what its packets will, each with headers of its own. */
static __always_inline void note_cost(pkt_ctx *ctx, const struct pkt *p, struct limited *what)
{
	__u32 size = ctx_segment(ctx), segments = ctx_segments(ctx), headers = header_bytes(p);

	what->now = bpf_ktime_get_ns() << SL_LIMIT_TIME_SHIFT;
	what->packets = 1;
	what->bytes = p->bytes;
	what->marks = 0;
	what->yields = p->is & PKT_TCP;
	if (!size || p->bytes <= headers)
		return;
	if (!segments) /* not every driver says how many */
		segments = (p->bytes - headers + size - 1) / size;
	what->packets = segments;
	what->bytes += (segments - 1) * headers;
}

static __always_inline void note_first(const struct judgement *j, struct limited *what)
{
	what->source = j->in.source;
	what->destination = j->out.destination;
	what->slot = 0; /* it has none yet */
	what->vrf = j->in.vrf;
	what->vrf_there = j->out.vrf;
	what->endpoint_of = 0;
	what->version = j->version;
}

/* A packet that opens a flow, which was accepted: SL_DROP_NONE or SL_DROP_OVER_LIMIT. */
__noinline int limit_first(pkt_ctx *ctx, struct pkt *p, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_limit_row *row;
	__u32 number;

	if (!s || !p || !j)
		return SL_DROP_INTERNAL;
	number = find_limits(j);
	row = number ? rules_find(&limit_rows, j->version, &number) : NULL;
	j->limits = number;
	if (!row || !row->original[0])
		return SL_DROP_NONE;
	note_cost(ctx, p, &s->limited);
	note_first(j, &s->limited);
	return take_from_all(&s->limited, list_of(row->original), LIMIT_EARLY) ? SL_DROP_OVER_LIMIT : SL_DROP_NONE;
}
