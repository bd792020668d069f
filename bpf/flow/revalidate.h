/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flow that needs a look beside its packet: because it may have expired, the rules or the next
 * hops have changed, its last look is more than a second old, or the packet may change its state.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/capture/told.h"
#include "bpf/flow/create.h"
#include "bpf/flow/end.h"
#include "bpf/flow/half_open.h"
#include "bpf/flow/handshake.h"
#include "bpf/flow/over.h"
#include "bpf/flow/rejudge.h"
#include "bpf/flow/connect_time.h"
#include "bpf/flow/signs.h"
#include "bpf/output/neighbour.h"
#include "bpf/output/route.h"
#include "bpf/state/leader.h"
#include "bpf/state/outcome.h"
#include "bpf/state/table.h"
#include "bpf/state/tcp_state.h"
#include "bpf/state/tcp_window.h"
#include "bpf/state/timeout.h"
#include "bpf/syn/hook.h"

#include "maps/config.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/interface.h"

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

/*
 * The interface that it began at may be away while an apply goes on: what is not allowed in the end is ended then, and until then
 * nothing passes.
 */
static __always_inline int end_or_wait(struct sl_flow *f, struct sl_flow *peer, struct pkt *p)
{
	const struct sl_flow *original = f->flags & SL_FLOW_REPLY ? peer : f;
	struct sl_interface *dev = interface_find(p->version, original->ifindex_in);

	if (goes_over(f, peer))
		return REVALIDATE_GOES_ON;
	if (dev && (dev->flags & SL_IF_MANAGED))
		return REVALIDATE_ENDED;
	drop(p, SL_DROP_NO_ZONE);
	return REVALIDATE_REFUSED;
}

/* REVALIDATE_ENDED: the flow is gone, the packet is a first packet. REVALIDATE_REFUSED: p->reason is set. */
static __always_inline int check_rules(pkt_ctx *ctx, struct scratch *s, struct sl_flow *f, struct sl_flow *peer,
				       struct pkt *p)
{
	original_of(s, f, peer);
	if (!still_allowed(ctx, &s->revalidated_original, p->version, p->now))
		return end_or_wait(f, peer, p);
	take_over_zones(f, peer, f->flags & SL_FLOW_REPLY ? peer : f, p->version);
	return REVALIDATE_GOES_ON;
}

static __always_inline bool next_hop_is_old(const struct sl_flow *f, const struct pkt *p)
{
	return !is_own_traffic(f) &&
	       (f->version != p->version || p->now - f->stamp >= p->hz || !(f->flags & SL_FLOW_RESOLVED));
}

static __always_inline int revalidate_next_hop(pkt_ctx *ctx, struct scratch *s, struct sl_flow *f, struct pkt *p)
{
	int rc;

	if (!next_hop_is_old(f, p))
		return REVALIDATE_GOES_ON;
	rc = refresh_next_hop(ctx, s, &s->revalidated, f, p->version);
	if (rc == SL_DROP_FLOW_ENDED)
		return REVALIDATE_ENDED;
	if (!rc && !may_ask_for_neighbour(&s->judgement, p)) {
		drop(p, SL_DROP_UNRESOLVED);
		return REVALIDATE_REFUSED;
	}
	p->reason = rc;
	return rc ? REVALIDATE_DROP : REVALIDATE_GOES_ON;
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

static __always_inline bool is_handshake(const struct sl_flow *f, const struct pkt *p)
{
	return (p->is & PKT_TCP) && !(p->is & PKT_UNLIKELY) && !(f->flags & SL_FLOW_SYNPROXY);
}

/*
 * Who asks by a SYN whether somebody listens, as checks of backends do, resets what is begun. That was answered, and waits
 * no more.
 */
static __always_inline bool is_answered_and_reset(const struct sl_flow *f, const struct sl_flow *peer, __u8 was)
{
	return was == SL_FLOW_HALF_OPEN && f->state == SL_FLOW_CLOSING && (peer->tcp_flags & SL_TCP_SYN_ACK);
}

/* What ends at the gateway itself ends with it. In a frame of its own: that of revalidate() is full. */
__noinline int tell_others(pkt_ctx *ctx, struct sl_flow *f, struct sl_flow *peer)
{
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();

	if (!c || !s || !f || !peer || !somebody_hears(c, bpf_jiffies64()) || is_own_traffic(f))
		return 0;
	original_of(s, f, peer);
	return tell_established(ctx, &s->revalidated_original);
}

static __always_inline int revalidate_pair(pkt_ctx *ctx, const struct sl_config *c, struct scratch *s,
					   struct sl_flow *f, struct pkt *p)
{
	struct sl_flow *peer;
	int rc;

	tuple_of_peer(&s->revalidated, f, &s->peer);
	peer = flow_find(&s->peer);
	if (!peer || is_idle_too_long(c, &s->revalidated, f, peer, p->now) || asks_target_anew(f, p))
		return REVALIDATE_ENDED;
	rc = rules_changed(f, p) && !is_over(f) ? check_rules(ctx, s, f, peer, p) : REVALIDATE_GOES_ON;
	if (rc != REVALIDATE_GOES_ON)
		return rc;
	if (is_over(f))
		return tell_over(f, peer, p);
	rc = revalidate_next_hop(ctx, s, f, p);
	if (rc == REVALIDATE_GOES_ON) {
		__u8 was = f->state, said = f->tcp_flags;
		__u32 asked = f->tcp_ack;

		if (p->is & PKT_TCP)
			forget_shared_numbers(f, peer);
		if (f->flags & SL_FLOW_SYNPROXY)
			rc = revalidate_proxied(ctx, f, peer, p);
		else if (!update_state(f, peer, p))
			p->is |= PKT_UNLIKELY;
		if (was != f->state && (f->state == SL_FLOW_ESTABLISHED || is_answered_and_reset(f, peer, was)))
			note_established(&s->revalidated, f, peer);
		if (was != f->state && f->state == SL_FLOW_ESTABLISHED)
			tell_others(ctx, f, peer);
		if (was == SL_FLOW_HALF_OPEN && was != f->state)
			note_handshake_over(s, f, peer);
		if (was != f->state && (was == SL_FLOW_CLOSING || f->state == SL_FLOW_CLOSING))
			note_close(s, f, peer);
		if ((f->holds & SL_HOLDS_SIGNS) && was != SL_FLOW_ESTABLISHED)
			note_signs(f, peer, was, said);
		if (was == SL_FLOW_HALF_OPEN && is_handshake(f, p))
			note_connect_time(p, f, peer, said, asked);
	}
	return rc;
}

/* XDP hands on what is dropped with an answer, and flow() has one for all that comes from here. */
static __always_inline bool is_for_tc_alone(const struct sl_flow *f)
{
	return !CTX_IS_TC && (f->flags & SL_FLOW_SYNPROXY);
}

/*
 * REVALIDATE_ENDED: the flow is gone, the packet is a first packet. REVALIDATE_DROP: p->reason is set. REVALIDATE_REFUSED: so
 * is p->answer.
 */
__noinline int revalidate(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();
	bool repeats;
	int rc;

	if (!c || !s || !p || !f)
		return REVALIDATE_DROP;
	if (is_for_tc_alone(f))
		return REVALIDATE_DROP;
	tuple_of(p, &s->revalidated);
	repeats = tcp_repeats(f, p);
	rc = needs_peer(c, f, p) ? revalidate_pair(ctx, c, s, f, p) : revalidate_next_hop(ctx, s, f, p);
	if (rc == REVALIDATE_GOES_ON) {
		f->version = p->version;
		if (is_likely(p) && !repeats)
			f->stamp = p->now;
	}
	if (rc == REVALIDATE_ENDED)
		end_flow(&s->revalidated);
	return rc;
}
