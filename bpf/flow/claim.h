/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a new flow claims of mappings, ports and peers, and gives back when nothing comes of it. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/flow/end.h"
#include "bpf/flow/gc.h"
#include "bpf/nat/filter.h"
#include "bpf/nat/mapping_end.h"
#include "bpf/nat/masquerade.h"
#include "bpf/nat/peers.h"
#include "bpf/nat/per_destination.h"
#include "bpf/nat/pool.h"
#include "bpf/nat/pool_walk.h"
#include "bpf/nat/port_range.h"
#include "bpf/nat/port_reclaim.h"
#include "bpf/nat/port_sharing.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"

#define POOL_ROUNDS 8 /* other addresses of a pool at which one packet looks for a port */

static __always_inline bool can_map(const struct judgement *j)
{
	return (j->is & PKT_PORTS) && (j->in.source_port || j->in.destination_port);
}

static __always_inline int claim_source(pkt_ctx *ctx, struct judgement *j)
{
	if (!j->masquerade || !can_map(j))
		return SL_DROP_NONE;
	return j->per_destination ? pick_port_towards(ctx, j) : acquire_mapping(ctx, j);
}

__noinline int leave_asked_mapping(struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!s || !j || !(j->flags & SL_FLOW_TO_MAPPING))
		return 0;
	asked_endpoint(j, &s->outside);
	return release_mapping(&s->outside, 0);
}

/* A mapping's port, also one that somebody gives back; where none is left, one that is had towards the destination. */
static __always_inline int claim_or_share(pkt_ctx *ctx, struct scratch *s, struct judgement *j)
{
	int rc;

	forget_findings(&s->search);
	rc = claim_source(ctx, j);
	if (rc != SL_DROP_NO_PORTS || j->per_destination)
		return rc;
	if (knows_of_none(j)) {
		note_want(j);
		return rc;
	}
	if (!s->search.has_enough && find_giver(j, 0) && end_flow(&s->candidate)) {
		rc = claim_source(ctx, j);
		if (rc != SL_DROP_NO_PORTS)
			return rc;
	}
	note_want(j);
	return share_port(ctx, j);
}

/* Where others have looked in vain a moment ago, one packet tries one thing, so that none of a flood costs much. */
static __always_inline bool tries_one_thing(struct scratch *s, struct judgement *j)
{
	__u32 chance = bpf_get_prandom_u32() % 3;

	if (chance < 2)
		return find_giver(j, chance) && end_flow(&s->candidate);
	gc(j->in.family, GC_LOOKS_SHORT, j->now);
	return s->gc_ended;
}

/* All that is tried before a flow is refused. Another address keeps a host's flows apart, and harms nobody. */
__noinline int finds_more(struct judgement *j, int rc, int round)
{
	struct scratch *s = scratch_get();
	bool ports = rc == SL_DROP_NO_PORTS;

	if (!s || !j)
		return 0;
	if (round < POOL_ROUNDS)
		return ports && next_outside_address(j);
	if (s->search.nothing_left)
		return round == POOL_ROUNDS && ports && !pick_outside_address(j) && tries_one_thing(s, j);
	if (round == POOL_ROUNDS)
		return ports && !pick_outside_address(j) && find_giver(j, 1) && end_flow(&s->candidate);
	gc(j->in.family, GC_LOOKS_SHORT, j->now); /* the dead keep ports as well; whoever is refused next looks on */
	return s->gc_ended;
}

static __always_inline bool is_short(int rc)
{
	return rc == SL_DROP_NO_PORTS || rc == SL_DROP_HOST_MAPPINGS || rc == SL_DROP_MAPPINGS_FULL;
}

static __always_inline int claim_somehow(pkt_ctx *ctx, struct scratch *s, struct judgement *j)
{
	int rc = claim_or_share(ctx, s, j), round;

	for (round = 0; round < POOL_ROUNDS + 2 && is_short(rc); round++) {
		if (!finds_more(j, rc, round)) {
			if (round < POOL_ROUNDS) /* there is no other address, or none has a port */
				round = POOL_ROUNDS - 1;
			continue;
		}
		rc = claim_or_share(ctx, s, j);
		if (!rc && round < POOL_ROUNDS)
			stay_at_address(s, j);
	}
	return rc;
}

/* The filter of its mapping lets the peer's other ports in as well. A share has none. */
__noinline int hold_claimed_peer(struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!s || !j)
		return SL_DROP_INTERNAL;
	if (!j->by_address || (j->holds & SL_HOLDS_SHARE))
		return SL_DROP_NONE;
	note_peer_of_judgement(s, j);
	if (hold_peer(&s->peer_key, s->peer_owner))
		j->holds |= SL_HOLDS_PEER;
	return SL_DROP_NONE;
}

/* What the flow will hold, or why it cannot: then nothing is held. */
static __always_inline int claim(pkt_ctx *ctx, struct scratch *s, struct judgement *j)
{
	int rc = join_asked_mapping(s, j);

	if (rc)
		return rc;
	rc = claim_somehow(ctx, s, j);
	if (rc) {
		leave_asked_mapping(j);
		return rc;
	}
	return hold_claimed_peer(j);
}

/* What is held of the source's port. */
__noinline int leave_source(struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!s || !j)
		return 0;
	if (j->holds & SL_HOLDS_PEER) {
		note_peer_of_judgement(s, j);
		release_peer(&s->peer_key);
	}
	note_answers(s, j);
	destination_of(&s->peer, j->outside_vrf, &s->outside);
	if (j->flags & SL_FLOW_MAPPED)
		release_mapping(&s->outside, 0);
	if (j->per_destination || (j->holds & SL_HOLDS_SHARE))
		leave_crowd(s, &s->peer, j->outside_vrf);
	leave_share(s, &j->in, j->holds, j->nat);
	j->flags &= ~SL_FLOW_MAPPED;
	j->holds &= SL_HOLDS_OUTSIDE;
	return 0;
}

static __always_inline void undo_claims(struct judgement *j)
{
	leave_source(j);
	leave_asked_mapping(j);
}
