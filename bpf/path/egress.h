/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What leaves at tc egress and was not sent there by sluice: packets of the gateway itself, which are judged, and
 * those that the kernel forwarded past it.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/flow/create.h"
#include "bpf/flow/end.h"
#include "bpf/flow/revalidate.h"
#include "bpf/host/vrf_reply.h"
#include "bpf/icmp/own_error.h"
#include "bpf/limit/charge.h"
#include "bpf/nat/port_claim.h"
#include "bpf/path/limit.h"
#include "bpf/path/parse.h"
#include "bpf/path/receive_egress.h"
#include "bpf/policy/from_host.h"
#include "bpf/policy/judge.h"
#include "bpf/policy/match.h"
#include "bpf/proto/ipv6.h"
#include "bpf/state/lookup.h"
#include "bpf/state/outcome.h"
#include "bpf/state/table.h"
#include "bpf/state/tcp_state.h"
#include "bpf/state/tcp_window.h"
#include "bpf/tunnel/outer.h"
#include "bpf/tunnel/outer_tc.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

/* Link upkeep, discovery and errors of the gateway itself: no flow, because no answer belongs to it. */
static __always_inline bool is_stateless(const struct pkt *p)
{
	return p->is & (PKT_ESSENTIAL | PKT_MULTICAST | PKT_ICMP_ERROR | PKT_ICMP_OTHER | PKT_LATER_FRAGMENT);
}

/* A socket of the gateway was bound to a port after a mapping got it: the port is the gateway's. */
static __always_inline bool end_flow_in_the_way(struct scratch *s, const struct judgement *j)
{
	struct sl_flow *f;

	s->revalidated = j->in;
	tuple_turn(&s->revalidated);
	f = flow_find(&s->revalidated);
	return f && (f->flags & (SL_FLOW_REPLY | SL_FLOW_MAPPED)) && end_flow(&s->revalidated);
}

/*
 * Of the gateway's own TCP that opens nothing and belongs to no flow: whether the peer opened the connection, and may not any more. A server
 * sends again what nobody has acknowledged; a flow of the gateway's own would let the peer's packets in as its answers. Who opened
 * it is told by the port that somebody listens on: connections to elsewhere may be older than sluice. Needs j->zone_out.
 */
__noinline int is_of_shut_out(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	int action;

	if (!s || !j)
		return 1;
	outside_endpoint(&s->outside, &j->in.source, j->in.source_port, IPPROTO_TCP, j->in.vrf);
	if (!socket_has(ctx, s, &s->outside, &j->in.destination, 0, j->in.family)) /* of a connection none has port 0 */
		return 0;
	tuple_turn(&j->in);
	tuple_turn(&j->out);
	j->zone_in = j->zone_out;
	j->zone_out = 0;
	action = find_policy(j);
	tuple_turn(&j->in);
	tuple_turn(&j->out);
	return action != SL_ACCEPT;
}

static __always_inline verdict begin_own_flow(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct judgement *j;
	int rc;

	if (!s)
		return drop(p, SL_DROP_INTERNAL);
	j = &s->judgement;
	judgement_of_packet(j, p);
	j->zone_out = p->zone;
	if ((p->is & PKT_TCP) && !is_syn_alone(p) && is_of_shut_out(ctx, j))
		return drop(p, SL_DROP_POLICY);
	rc = judge_from_host(j, p->zone);
	if (rc)
		return drop(p, rc);
	if (is_stateless(p))
		return SL_V_FROM_HOST;
	rc = limit_first(ctx, p, j);
	if (rc)
		return drop(p, rc);
	rc = create_flow(ctx, j);
	if (rc == SL_DROP_FLOW_CONFLICT && end_flow_in_the_way(s, j))
		rc = create_flow(ctx, j);
	return rc ? drop(p, rc) : SL_V_FROM_HOST;
}

/* DHCP clients and duplicate address detection speak before they have an address. */
static __always_inline bool has_no_address_yet(const struct pkt *p)
{
	return p->family == 4 ? !p->key.v4.source : is_unspecified6(p->key.v6.source);
}

static __always_inline bool is_link_local_source(const struct pkt *p)
{
	return p->family == 6 && is_link_local6(p->key.v6.source);
}

static __always_inline verdict own_packet(pkt_ctx *ctx, struct pkt *p)
{
	struct found found;
	struct sl_flow *f;

	if (has_no_address_yet(p) || (p->is & PKT_ESSENTIAL))
		return SL_V_FROM_HOST;
	/* answers to solicitations, multicast discovery: never leave the link */
	if (is_link_local_source(p) && is_stateless(p))
		return SL_V_FROM_HOST;
	if ((p->is & PKT_ICMP_ERROR) && tells_other_side(ctx, p))
		return drop(p, SL_DROP_INSIDE_SOURCE);
	if (is_stateless(p))
		return begin_own_flow(ctx, p);
	f = flow_of(p, &found);
	if (f && needs_revalidation(f, p)) {
		int rc = revalidate(ctx, p, f);

		if (rc == REVALIDATE_DROP || rc == REVALIDATE_REFUSED)
			return drop(p, p->reason);
		f = rc == REVALIDATE_ENDED ? NULL : f;
	}
	if (!f) {
		STAGE_EXCEPT(SL_V_FROM_HOST, begin_own_flow(ctx, p));
		f = flow_of(p, &found);
		if (f)
			tcp_first(f, p);
	}
	if (!f || !(f->flags & SL_FLOW_FROM_HOST))
		return drop(p, SL_DROP_FLOW_CONFLICT);
	STAGE(limit(ctx, p, f));
	count_in_flow(f, p);
	return SL_V_FROM_HOST;
}

/* The frame's destination is the other side, so it is not compared; the zone is where it leaves. */
static __always_inline verdict guard(pkt_ctx *ctx, struct pkt *p)
{
	struct eth_type type = { .be = ctx->protocol };

	STAGE(receive_own(ctx, p));
	if (type.be != bpf_htons(ETH_P_IP) && type.be != bpf_htons(ETH_P_IPV6))
		return SL_V_IGNORED;
	STAGE(parse(ctx, p, type));
	note_own_destination(p);
	if (may_be_tunnelled(p) && is_outer(ctx, p, OUTER_OWN))
		return SL_V_FROM_HOST;
	if (may_be_answer(p))
		STAGE(answer_in_vrf(ctx, p));
	return own_packet(ctx, p);
}

/* A packet that came in by a device and was not sent on by sluice was forwarded past it. */
static __always_inline verdict past(pkt_ctx *ctx, struct pkt *p)
{
	__be16 type = ctx->protocol;

	STAGE(receive_own(ctx, p));
	if (type != bpf_htons(ETH_P_IP) && type != bpf_htons(ETH_P_IPV6))
		return SL_V_IGNORED;
	return drop(p, is_own(ctx) ? SL_DROP_INTERNAL : SL_DROP_PAST_SLUICE);
}

static __always_inline bool may_leave(verdict v)
{
	return v == SL_V_FROM_HOST || v == SL_V_IGNORED;
}
