/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet of no known flow: judged, and made the start of one. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/flow/create.h"
#include "bpf/flow/signs.h"
#include "bpf/fragment/datagram.h"
#include "bpf/limit/charge.h"
#include "bpf/nat/backend.h"
#include "bpf/nat/masquerade.h"
#include "bpf/output/neighbour.h"
#include "bpf/output/sender.h"
#include "bpf/policy/judge.h"
#include "bpf/policy/match.h"
#include "bpf/proto/ipv4.h"
#include "bpf/state/leader.h"
#include "bpf/syn/hook.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/rules.h"

/* Broadcast and multicast end at the gateway: no flow, because the answers come from other addresses. */
static __always_inline int judge_multicast(struct pkt *p, struct judgement *j)
{
	j->zone_out = 0;
	switch (find_policy(j)) {
	case SL_ACCEPT:
		if (p->is & PKT_FIRST_FRAGMENT)
			note_first_fragment(p, NULL);
		return SL_V_TO_HOST;
	default:
		return drop(p, SL_DROP_POLICY);
	}
}

static __always_inline bool opens_no_flow(const struct pkt *p)
{
	return p->protocol == IPPROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) != TCP_SYN;
}

/* An answer of another host than the one that was asked, let in by the filter. */
static __always_inline bool is_let_in(const struct judgement *j)
{
	return (j->flags & SL_FLOW_TO_MAPPING) && j->admitted;
}

/* XDP hands such a packet on to tc, which judges it again. */
static __always_inline bool is_black_hole(int reason)
{
	return CTX_IS_TC && reason == SL_DROP_NO_ROUTE;
}

/* A host without ports of its own is a shortage that judge() sees, and does not tell: it changes nothing. */
static __always_inline int refuse_packet(struct pkt *p, const struct judgement *j, int reason)
{
	if (reason == SL_DROP_NO_PORTS)
		refuse_port(j, NULL, 0);
	if (is_black_hole(reason) && j->service.object && j->opens)
		note_refused(j->nat);
	return drop_with_answer(p, reason, j->answer);
}

static __always_inline bool may_have_cookie(const struct pkt *p, const struct judgement *j)
{
	return j->syn_cookies && (p->is & PKT_TCP) && (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_ACK;
}

/* What opens no flow, unless a cookie comes back with it: then tc makes it the SYN that it stands for. */
static __always_inline verdict without_syn(pkt_ctx *ctx, struct pkt *p, const struct judgement *j)
{
	if (!may_have_cookie(p, j))
		return drop(p, SL_DROP_NO_FLOW);
	if (!CTX_IS_TC)
		return SL_V_HANDED_ON;
	return open_by_cookie(ctx, p) ? SL_V_NEXT : drop(p, SL_DROP_NO_FLOW);
}

/*
 * Whether the flow that it is of would be begun by another node, or is known there alone. What no policy lets begin is
 * dropped here: all nodes have the same ones. So is what claims to come from elsewhere.
 */
static __always_inline bool begins_elsewhere(struct pkt *p, const struct judgement *j, int rc)
{
	if (rc && j->asked == SL_ASKED_SOURCE)
		return false;
	if ((rc == SL_DROP_POLICY || rc == SL_DROP_REJECT) && p->protocol == IPPROTO_TCP && j->opens)
		return false;
	if (!rc && (j->flags & SL_FLOW_TO_HOST) && j->opens && !(p->is & PKT_ICMP_REPLY))
		return false;
	return is_led(p);
}

/* Judged, and made a flow; SL_V_NEXT: it is there. */
static __always_inline verdict begin_judged(pkt_ctx *ctx, struct pkt *p, struct judgement *j)
{
	int rc = judge(ctx, j);

	if (begins_elsewhere(p, j, rc))
		return leave_to_leader(p);
	if (rc)
		return refuse_packet(p, j, rc);
	/*
	 * Connections of the gateway itself may be older than sluice: its stack knows them. An answer
	 * without a question has no place in a forwarded flow.
	 */
	if (!(j->flags & SL_FLOW_TO_HOST)) {
		if (opens_no_flow(p))
			STAGE(without_syn(ctx, p, j));
		if ((p->is & PKT_ICMP_REPLY) && !is_let_in(j))
			return drop(p, SL_DROP_NO_FLOW);
		if (p->ttl <= 1)
			return drop_with_answer(p, SL_DROP_TTL, ANSWER_TIME_EXCEEDED);
	}
	if ((j->flags & SL_FLOW_TO_HOST) && !may_become_neighbour(ctx, p, &j->in.source, p->family, SENDER_IS_ANSWERED))
		return drop(p, SL_DROP_UNRESOLVED);
	rc = may_ask_for_neighbour(j, p) ? limit_first(ctx, p, j) : SL_DROP_UNRESOLVED;
	if (!rc)
		rc = create_flow(ctx, j);
	if (rc == SL_DROP_TARGET_HALF_OPEN && j->syn_cookies)
		return drop_with_answer(p, rc, ANSWER_COOKIE);
	return rc ? drop(p, rc) : SL_V_NEXT;
}

/* Essential packets were admitted where they can be meant, and go to the stack, which forwards nothing. */
__noinline int first_packet(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct judgement *j;
	verdict v;

	if (!s || !p)
		return SL_V_DROPPED;
	if (!has_right_header(ctx, p))
		return drop(p, SL_DROP_BAD_HEADER);
	if (p->is & PKT_ESSENTIAL)
		return SL_V_TO_HOST;
	j = &s->judgement;
	judgement_of_packet(j, p);
	if (p->is & PKT_MULTICAST)
		return judge_multicast(p, j);
	if (p->is & PKT_LATER_FRAGMENT)
		return drop(p, SL_DROP_FRAGMENT);
	j->opens = !opens_no_flow(p);
	v = begin_judged(ctx, p, j);
	if (v != SL_V_NEXT && !is_black_hole(p->reason)) /* who comes next would be led into the same one */
		give_turn_back(j);
	return v;
}
