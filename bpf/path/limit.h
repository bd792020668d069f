/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Limits: a packet passes when every limit that concerns its flow has room for it. Most flows have none, which
 * costs them one comparison. A first packet is asked before anything is made of it.
 */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/limit/charge.h"
#include "bpf/limit/maps.h"
#include "bpf/limit/receive_window.h"
#include "bpf/state/leader.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/limit.h"

/* Whose packet it is: who began the flow, and to whom, whichever way the packet goes. */
static __always_inline void note_flow(const struct pkt *p, const struct sl_flow *f, struct limited *what)
{
	bool reply = f->flags & SL_FLOW_REPLY;
	struct sl_addr *here = reply ? &what->destination : &what->source;
	struct sl_addr *there = reply ? &what->source : &what->destination;

	if (p->family == 4)
		addr_from4(here, p->key.v4.source);
	else
		addr_from6(here, p->key.v6.source);
	destination_out(f, p->family, there);
	if (reply)
		what->source_port = f->destination_port;
	else
		what->source_port = p->family == 4 ? p->key.v4.source_port : p->key.v6.source_port;
	what->slot = f->slot;
	what->vrf = reply ? f->vrf : p->vrf; /* where the flow began */
	what->vrf_there = reply ? p->vrf : f->vrf;
	what->endpoint_of = 0;
	what->version = p->version;
}

#define DSCP_OF_WORD4 bpf_htons(0x00fc) /* in the first two bytes of the header; the rest is the ECN field's */
#define DSCP_OF_WORD6 bpf_htons(0x0fc0)

static __always_inline bool set_dscp(pkt_ctx *ctx, const struct pkt *p, __u16 dscp)
{
	__be16 *word = __hdr_at(ctx, p->l3_off, sizeof(struct iphdr)), was;

	if (!word)
		return false;
	was = *word;
	if (p->family == 4) {
		struct iphdr *ip = (void *)word;

		*word = (was & ~DSCP_OF_WORD4) | bpf_htons(dscp << 2);
		ip->check = csum_apply(ip->check, csum_delta(was, *word));
	} else {
		*word = (was & ~DSCP_OF_WORD6) | bpf_htons(dscp << 6);
	}
	return true;
}

static __always_inline int limit_way(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f, struct scratch *s,
				     const __u16 *numbers)
{
	__u32 asked = !(f->flags & SL_FLOW_REPLY) && !f->packets ? LIMIT_LATE : LIMIT_EARLY | LIMIT_LATE;

	if (!numbers[0])
		return SL_DROP_NONE;
	note_cost(ctx, p, &s->limited);
	if (take_from_all(&s->limited, list_of(numbers), asked))
		return SL_DROP_OVER_LIMIT;
	if (s->limited.marks && !set_dscp(ctx, p, s->limited.marks - 1))
		return SL_DROP_INTERNAL;
	return SL_DROP_NONE;
}

/* The first packet of a flow has paid where the flow was made, but to those that had to wait for it. */
__noinline int limit_packet(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	struct scratch *s = scratch_get();
	struct sl_limit_row *row;
	__u32 number;
	__u64 there;
	bool reply;
	int rc;

	if (!s || !p || !f)
		return SL_DROP_INTERNAL;
	number = f->limits;
	row = rules_find(&limit_rows, p->version, &number);
	if (!row)
		return SL_DROP_NONE;
	reply = f->flags & SL_FLOW_REPLY;
	note_flow(p, f, &s->limited);
	rc = limit_way(ctx, p, f, s, reply ? row->reply : row->original);
	there = list_of(reply ? row->original : row->reply);
	if (rc || !there || !acknowledges(p))
		return rc;
	return hold_window(ctx, p, f, there) ? SL_DROP_NONE : SL_DROP_INTERNAL;
}

static __always_inline verdict limit(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	int rc = f->limits ? limit_packet(ctx, p, f) : SL_DROP_NONE;

	return rc ? drop(p, rc) : SL_V_NEXT;
}

/* Of what is sent on: where several nodes carry, one counts for all of them. */
static __always_inline verdict limit_sent_on(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	if (f->limits && is_led(p))
		return leave_to_leader(p);
	return limit(ctx, p, f);
}
