/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ports towards one destination: with "mapping": "per-destination" for all flows, otherwise for those that find no port
 * for a mapping (nat/port_sharing.h).
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/host_quota.h"
#include "bpf/nat/mapping.h"
#include "bpf/nat/masquerade.h"
#include "bpf/nat/pool.h"
#include "bpf/nat/port_bitmap.h"
#include "bpf/nat/port_claim.h"
#include "bpf/nat/port_exhausted.h"
#include "bpf/nat/port_range.h"
#include "bpf/nat/port_search.h"
#include "bpf/nat/port_sharing.h"
#include "bpf/nat/report.h"
#include "bpf/state/host_count.h"

#include "maps/drop_reasons.h"
#include "maps/events.h"
#include "maps/flow.h"
#include "maps/mapping.h"
#include "maps/ports.h"
#include "maps/rules.h"

#define TOWARDS_JUMPS 2  /* hard to guess (RFC 6056), and cheap while few are taken */
#define TOWARDS_TRIES 40 /* of one packet: the next one goes on from what this one learned */

static __always_inline __be16 jump_to(const struct port_search *p, const struct judgement *j, __u32 jump)
{
	__u32 wanted = bpf_ntohs(j->in.source_port);

	if (!jump && wanted >= p->first && wanted <= p->last)
		return j->in.source_port;
	return bpf_htons(p->first + bpf_get_prandom_u32() % (p->last - p->first + 1));
}

/* The peer's row of nat/port_exhausted.h, in scratch's `crowd`. */
static __always_inline void full_key_towards(struct scratch *s, const struct judgement *j)
{
	note_answers(s, j);
	note_crowd(s, &s->peer, j->outside_vrf);
	s->crowd.chunk = SL_CROWD_FULL;
}

static __always_inline int search_crowd(pkt_ctx *ctx, struct judgement *j, struct scratch *s)
{
	int rc = search_for(ctx, j, PORT_TOWARDS, TOWARDS_TRIES);

	if (rc == CLAIM_TAKEN && s->search.low && other_range(&s->search))
		rc = search_for(ctx, j, PORT_TOWARDS, TOWARDS_TRIES);
	if (rc == CLAIM_TAKEN && saw_everything(&s->search)) {
		full_key_towards(s, j);
		note_full(s, j);
	}
	return rc;
}

static __always_inline int claim_in_range(pkt_ctx *ctx, struct judgement *j, struct scratch *s)
{
	int i;

	full_key_towards(s, j);
	if (is_full(s, j))
		return CLAIM_TAKEN;
	for (i = 0; i <= TOWARDS_JUMPS; i++) {
		s->outside.port = jump_to(&s->search, j, i);
		if (claim_towards(ctx, j) == CLAIM_DONE)
			return CLAIM_DONE;
	}
	return search_crowd(ctx, j, s);
}

/* A port in j->out, or none: enum claim. */
static __always_inline int find_towards(pkt_ctx *ctx, struct judgement *j, struct scratch *s,
					const struct sl_masquerade *m)
{
	int rc;

	first_range(&s->search, m, j);
	s->search.wanted = PORT_TOWARDS;
	outside_endpoint(&s->outside, &j->out.source, 0, j->in.protocol, j->outside_vrf);
	rc = claim_in_range(ctx, j, s);
	return rc == CLAIM_TAKEN && !chunk_find(s, &s->outside) ? search_blindly(ctx, j) : rc;
}

/* Sets the port in j->out: SL_DROP_NONE or NO_PORTS. Claims nothing. */
__noinline int pick_port_towards(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;

	if (!j || !s)
		return SL_DROP_INTERNAL;
	m = masquerade_find(j);
	if (!m)
		return SL_DROP_INTERNAL;
	if (find_towards(ctx, j, s, m) == CLAIM_DONE)
		return SL_DROP_NONE;
	return refuse_port(j, &j->out.source, s->search.last - s->search.first + 1);
}

/* s->inside's share of s->outside ends, or comes to nothing. */
static __always_inline void share_ends(struct scratch *s, __u8 holds, __u32 nat)
{
	if (holds & SL_HOLDS_COUNT)
		host_gives(&s->inside, nat);
	if (!(holds & SL_HOLDS_LOG))
		return;
	memset(&s->mapping, 0, sizeof(s->mapping));
	s->mapping.other = s->inside;
	s->mapping.masquerade = nat;
	s->mapping.flags = SL_MAPPING_LOGGED;
	report_mapping(SL_EVENT_MAPPING_ENDED, &s->outside, &s->mapping);
}

/*
 * A port for one flow alone, where none is left for a mapping: that is reported. Sets it in j->out, and SL_HOLDS_SHARE
 * with what belongs to it; or a drop reason, and nothing is held.
 */
__noinline int share_port(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;
	__u8 holds = SL_HOLDS_SHARE;
	int count;

	if (!j || !s)
		return SL_DROP_INTERNAL;
	m = masquerade_find(j);
	if (!m)
		return SL_DROP_INTERNAL;
	refuse_port(j, &j->out.source, s->search.last - s->search.first + 1);
	if (is_static(j))
		return SL_DROP_NO_PORTS;
	prepare_endpoints(s, j, m);
	count = host_asks(j, 1);
	if (count == HOST_IS_FULL)
		return refuse_host(s, m);
	if (count == HOST_COUNTED)
		holds |= SL_HOLDS_COUNT;
	if (m->flags & SL_MASQUERADE_HARD_QUOTA)
		holds |= SL_HOLDS_QUOTA;
	if (find_towards(ctx, j, s, m) != CLAIM_DONE) {
		share_ends(s, holds, j->nat);
		return SL_DROP_NO_PORTS;
	}
	if (m->flags & SL_MASQUERADE_LOG) {
		holds |= SL_HOLDS_LOG;
		report_mapping(SL_EVENT_MAPPING_MADE, &s->outside, &s->mapping);
	}
	j->holds |= holds;
	return SL_DROP_NONE;
}

/*
 * Nothing is left at the address, as others saw a moment ago: neither for a mapping nor towards the destination. It is
 * reported, and noted in the search.
 */
__noinline int knows_of_none(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;

	if (!j || !s || !s->search.saw_full)
		return 0;
	m = masquerade_find(j);
	if (!m)
		return 0;
	first_range(&s->search, m, j);
	full_key_towards(s, j);
	s->search.nothing_left = is_full(s, j);
	if (s->search.nothing_left)
		refuse_port(j, &j->out.source, s->search.last - s->search.first + 1);
	return s->search.nothing_left;
}

/* What a flow that shared a port held: its tuples are those of its first packet and of the answers. */
static __always_inline void leave_share(struct scratch *s, const struct sl_tuple *original, __u8 holds, __u32 nat)
{
	if (!(holds & SL_HOLDS_SHARE))
		return;
	endpoint_set(&s->inside, &original->source, original->source_port, original->protocol, 0);
	s->inside.vrf = original->vrf;
	share_ends(s, holds, nat);
}
