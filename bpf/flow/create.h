/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A judgement becomes a flow: mapping claimed, both entries inserted, or nothing at all. */
#pragma once

#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/flow/admission.h"
#include "bpf/flow/claim.h"
#include "bpf/flow/end.h"
#include "bpf/flow/fetch.h"
#include "bpf/flow/gc.h"
#include "bpf/flow/half_open.h"
#include "bpf/nat/per_destination.h"
#include "bpf/state/table.h"
#include "bpf/state/tcp_state.h"
#include "bpf/tunnel/into_tunnel.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"

#define CLAIM_TRIES 4
#define NO_PORT_RC 1 /* beside what flow_insert() says */

static __always_inline void copy_next_hop(struct sl_flow *f, const struct judgement *j)
{
	const __u16 mask =
		SL_FLOW_RESOLVED | SL_FLOW_XDP | SL_FLOW_LINK | SL_FLOW_TAGGED | SL_FLOW_TUNNEL | SL_FLOW_NETWORK;

	f->ifindex = j->ifindex;
	f->mtu = j->mtu;
	f->flags = (f->flags & ~mask) | (j->flags & mask);
	if (f->flags & SL_FLOW_SYNPROXY) /* tc alone adjusts numbers, and only where the kernel finds the neighbour */
		f->flags &= ~(SL_FLOW_RESOLVED | SL_FLOW_XDP);
	memcpy(f->dmac, j->dmac, 6);
	memcpy(f->smac, j->smac, 6);
}

/* What both directions have alike. */
static __always_inline void begin_row(struct sl_flow *f, const struct judgement *j, const struct sl_tuple *out)
{
	const struct sl_flow_facts facts = {
		.version = j->version,
		.stamp = j->now,
		.policy = j->policy,
		.nat = j->nat,
		.slot = j->slot,
		.ifindex_in = j->ifindex_in,
		.outside_vrf = j->outside_vrf,
		.view = j->view,
		.limits = j->limits,
		.state = SL_FLOW_HALF_OPEN,
	};

	memset(f, 0, sizeof(*f));
	sl_flow_begin(f, out, &facts);
}

/* What becomes of it is counted for the backend: signs.h. */
static __always_inline __u8 signs_of(const struct judgement *j)
{
	return j->service.object ? SL_HOLDS_SIGNS : 0;
}

static __always_inline void fill_original(struct sl_flow *f, const struct judgement *j)
{
	begin_row(f, j, &j->out);
	f->flags = j->flags;
	copy_next_hop(f, j);
	f->zone = j->zone_in;
	f->zone_out = j->zone_out;
	sl_flow_set_deltas(f, &j->in, &j->out);
	f->holds = j->holds | signs_of(j);
}

/* Its next hop is looked up by its first packet: the way back may differ from the way in. */
static __always_inline void fill_reply(struct sl_flow *f, const struct judgement *j, struct sl_tuple *out)
{
	*out = j->in;
	tuple_turn(out);
	begin_row(f, j, out);
	f->flags = sl_reply_flags(j->flags);
	f->zone = j->zone_out;
	f->zone_out = j->zone_in;
	f->ifindex = j->flags & SL_FLOW_FROM_HOST ? 0 : j->ifindex_in;
	f->holds = signs_of(j);
}

/* Who sends to its own mapping is its own peer: one entry for both directions. */
static __always_inline bool is_own_peer(const struct sl_tuple *original, const struct sl_tuple *reply)
{
	return original->vrf == reply->vrf && original->source_port == reply->source_port &&
	       original->destination_port == reply->destination_port && addr_equal(&original->source, &reply->source) &&
	       addr_equal(&original->destination, &reply->destination);
}

/* The reply first: the original's row is what makes a flow (flow/end.h). Both, or none and why. */
static __always_inline int insert_both(struct sl_tuple *original, struct sl_flow *f, struct sl_tuple *reply,
				       struct sl_flow *r)
{
	int rc = flow_insert(reply, r);

	if (rc)
		return rc;
	rc = flow_insert(original, f);
	if (rc)
		flow_remove(reply);
	return rc;
}

/* 0 or what flow_insert() says. */
__noinline int insert_pair(struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!s || !j)
		return -1;
	s->peer = j->out;
	tuple_turn(&s->peer);
	fill_original(&s->original, j);
	if (is_own_peer(&j->in, &s->peer))
		return flow_insert(&j->in, &s->original);
	fill_reply(&s->reply, j, &s->tuple);
	sl_flow_turn_deltas(&s->reply, &s->original);
	return insert_both(&j->in, &s->original, &s->peer, &s->reply);
}

static __always_inline int reason_of_insert(const struct judgement *j, int rc)
{
	if (rc == NO_PORT_RC)
		return SL_DROP_NO_PORTS;
	if (rc != EEXIST_RC)
		return SL_DROP_TABLE_FULL;
	return (j->flags & (SL_FLOW_NEW_SOURCE | SL_FLOW_NEW_DESTINATION)) && !can_map(j) ? SL_DROP_AMBIGUOUS :
											    SL_DROP_FLOW_CONFLICT;
}

/*
 * Another CPU may take a port towards the same destination between the search and the claim. And somebody may share the
 * port of this mapping, towards this destination: then the flow does without the mapping.
 */
static __always_inline int insert_claimed(pkt_ctx *ctx, struct judgement *j)
{
	int i, rc = insert_pair(j);

	for (i = 0; i < CLAIM_TRIES && rc == EEXIST_RC && j->masquerade && can_map(j); i++) {
		if (flow_find(&j->in))
			break;
		leave_source(j);
		if (j->per_destination ? pick_port_towards(ctx, j) : share_port(ctx, j))
			return NO_PORT_RC;
		rc = insert_pair(j);
	}
	return rc;
}

/*
 * Whether a flow that has what would be the answers gives them to the one that begins. A closed one does: a client connects
 * again from the port that it had, by another address of the same server. So does what nobody has answered of a server's
 * own: where a forward leads to, an answer may be on its way while the forward is away, and its peer would not get in any
 * more when the forward is back. Of UDP: answers of TCP begin no flow.
 */
static __always_inline bool gives_its_answers(const struct sl_flow *f, const struct judgement *j)
{
	if (f->state == SL_FLOW_CLOSING || is_over(f))
		return true;
	return j->in.protocol == IPPROTO_UDP && (j->flags & SL_FLOW_NEW_DESTINATION) && !(f->flags & SL_FLOW_REPLY) &&
	       f->state == SL_FLOW_HALF_OPEN;
}

/* 1: who had j's answers has ended. */
__noinline int end_who_has_answers(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_flow *f;

	if (!s || !j)
		return 0;
	s->candidate = j->out;
	tuple_turn(&s->candidate);
	f = flow_find(&s->candidate);
	if (!f || !gives_its_answers(f, j) || flow_find(&j->in))
		return 0;
	return end_flow(&s->candidate);
}

/* In a full table a dead flow ends first, then one that waits. */
static __always_inline int insert_somehow(pkt_ctx *ctx, struct judgement *j)
{
	int rc = insert_claimed(ctx, j);

	if (rc == EEXIST_RC && end_who_has_answers(j))
		rc = insert_claimed(ctx, j);
	if (rc != E2BIG_RC)
		return rc;
	gc(j->in.family, GC_LOOKS_MAX, j->now);
	push_out(j);
	return insert_claimed(ctx, j);
}

/* Its mapping, or its pool, may have another outside address than the one that was judged: perhaps that of a tunnel. */
__noinline int leads_into_tunnel_after_all(struct judgement *j)
{
	struct sl_rules_header *h;

	if (!j || !j->masquerade)
		return 0;
	h = header_get(j->version);
	return h && h->tunnels && leads_into_tunnel(j);
}

/* SL_DROP_NONE, also when another CPU made the same flow meanwhile; otherwise why not. */
__noinline int create_flow(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	int rc;

	if (!s || !j)
		return SL_DROP_INTERNAL;
	fetch_ahead(j);
	rc = grant_admission(j);
	if (rc)
		return refuse_flow(j, rc);
	rc = claim(ctx, s, j);
	if (rc) {
		revoke_admission(j);
		return rc;
	}
	if (leads_into_tunnel_after_all(j)) {
		undo_claims(j);
		revoke_admission(j);
		return SL_DROP_INTO_TUNNEL;
	}
	rc = insert_somehow(ctx, j);
	if (!rc) {
		count_flow_made(j);
		return SL_DROP_NONE;
	}
	undo_claims(j);
	revoke_admission(j);
	if (rc == EEXIST_RC && flow_find(&j->in))
		return SL_DROP_NONE;
	return refuse_flow(j, reason_of_insert(j, rc));
}
