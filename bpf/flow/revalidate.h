/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flow that needs a look beside its packet: because it may have expired, the rules or the next
 * hops have changed, its last look is more than a second old, or the packet may change its state.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/flow/create.h"
#include "bpf/flow/end.h"
#include "bpf/flow/half_open.h"
#include "bpf/flow/handshake.h"
#include "bpf/flow/rejudge.h"
#include "bpf/output/neighbour.h"
#include "bpf/output/route.h"
#include "bpf/state/outcome.h"
#include "bpf/state/table.h"
#include "bpf/state/tcp_state.h"
#include "bpf/state/tcp_window.h"
#include "bpf/state/timeout.h"
#include "bpf/syn/hook.h"

#include "maps/config.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

/* Where packets of this direction go now; into another zone is another decision. */
static __always_inline int refresh_next_hop(pkt_ctx *ctx, struct scratch *s, const struct sl_tuple *t,
					    struct sl_flow *f, __u32 version)
{
	struct judgement *j = &s->judgement;
	int rc;

	memset(j, 0, sizeof(*j));
	j->version = version;
	j->in = *t;
	j->out = *t;
	flow_out(f, t->family, &j->out);
	j->flags = f->flags;
	rc = find_route(ctx, j);
	if (rc)
		return rc;
	copy_next_hop(f, j);
	return j->zone_out == f->zone_out ? SL_DROP_NONE : SL_DROP_FLOW_ENDED;
}

static __always_inline bool is_own_traffic(const struct sl_flow *f)
{
	return f->flags & (SL_FLOW_TO_HOST | SL_FLOW_FROM_HOST);
}

/* ATTEND_ENDED: the flow is gone, the packet is a first packet. ATTEND_DROP: p->reason is set. */
static __always_inline int check_rules(pkt_ctx *ctx, struct scratch *s, struct sl_flow *f, struct sl_flow *peer,
				       const struct pkt *p)
{
	original_of(s, f, peer);
	if (!still_allowed(ctx, &s->attended_original, p->version, p->now))
		return ATTEND_ENDED;
	take_over_zones(f, peer, f->flags & SL_FLOW_REPLY ? peer : f, p->version);
	return ATTEND_GOES_ON;
}

static __always_inline bool next_hop_is_old(const struct sl_flow *f, const struct pkt *p)
{
	return !is_own_traffic(f) &&
	       (f->version != p->version || p->now - f->stamp >= p->hz || !(f->flags & SL_FLOW_RESOLVED));
}

static __always_inline int attend_next_hop(pkt_ctx *ctx, struct scratch *s, struct sl_flow *f, struct pkt *p)
{
	int rc;

	if (!next_hop_is_old(f, p))
		return ATTEND_GOES_ON;
	rc = refresh_next_hop(ctx, s, &s->attended, f, p->version);
	if (rc == SL_DROP_FLOW_ENDED)
		return ATTEND_ENDED;
	if (!rc && !may_ask_for_neighbour(&s->judgement, p)) {
		drop(p, SL_DROP_UNRESOLVED);
		return ATTEND_REFUSED;
	}
	p->reason = rc;
	return rc ? ATTEND_DROP : ATTEND_GOES_ON;
}

/* Most looks are for the next hop only, once a second: they do without the other direction's entry. */
static __always_inline bool needs_peer(const struct sl_config *c, struct sl_flow *f, const struct pkt *p)
{
	return rules_changed(f, p) || may_change_state(f, p) || ((p->is & PKT_TCP) && !tcp_goes_on(f, p)) ||
	       age_of(f, p->now) >= timeout_of(c, p->protocol, f->state);
}

/* A later fragment says nothing that could be checked. */
static __always_inline bool is_likely(const struct pkt *p)
{
	return !(p->is & PKT_UNLIKELY) && (p->protocol != IPPROTO_TCP || (p->is & PKT_TCP));
}

static __always_inline int attend_pair(pkt_ctx *ctx, const struct sl_config *c, struct scratch *s, struct sl_flow *f,
				       struct pkt *p)
{
	struct sl_flow *peer;
	int rc;

	tuple_of_peer(&s->attended, f, &s->peer);
	peer = flow_find(&s->peer);
	if (!peer || is_idle_too_long(c, &s->attended, f, peer, p->now) || asks_target_anew(f, p))
		return ATTEND_ENDED;
	if (rules_changed(f, p) && check_rules(ctx, s, f, peer, p) == ATTEND_ENDED)
		return ATTEND_ENDED;
	rc = attend_next_hop(ctx, s, f, p);
	if (rc == ATTEND_GOES_ON) {
		__u8 was = f->state;

		if (f->flags & SL_FLOW_PROXIED)
			rc = attend_proxied(ctx, f, peer, p);
		else if (!track(f, peer, p))
			p->is |= PKT_UNLIKELY;
		if (was != f->state && f->state == SL_FLOW_ESTABLISHED)
			note_established(&s->attended, f, peer);
		if (was == SL_FLOW_HALF_OPEN && was != f->state)
			note_handshake_over(s, f, peer);
		if (was != f->state && (was == SL_FLOW_CLOSING || f->state == SL_FLOW_CLOSING))
			note_close(s, f, peer);
	}
	return rc;
}

/* XDP hands on what is dropped with an answer, and flow() has one for all that comes from here. */
static __always_inline bool is_for_tc_alone(const struct sl_flow *f)
{
	return !CTX_IS_TC && (f->flags & SL_FLOW_PROXIED);
}

/*
 * ATTEND_ENDED: the flow is gone, the packet is a first packet. ATTEND_DROP: p->reason is set. ATTEND_REFUSED: so
 * is p->answer.
 */
__noinline int attend(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();
	bool repeats;
	int rc;

	if (!c || !s || !p || !f)
		return ATTEND_DROP;
	if (is_for_tc_alone(f))
		return ATTEND_DROP;
	tuple_of(p, &s->attended);
	repeats = tcp_repeats(f, p);
	rc = needs_peer(c, f, p) ? attend_pair(ctx, c, s, f, p) : attend_next_hop(ctx, s, f, p);
	if (rc == ATTEND_GOES_ON) {
		f->version = p->version;
		if (is_likely(p) && !repeats)
			f->stamp = p->now;
	}
	if (rc == ATTEND_ENDED)
		end_flow(&s->attended);
	return rc;
}
