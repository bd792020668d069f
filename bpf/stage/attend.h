/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flow that needs a look beside its packet: because it may have expired, the rules or the next
 * hops have changed, its last look is more than a second old, or the packet may change its state.
 */
#pragma once

/* The judgement of the original direction, as if its first packet came now. */
static __always_inline void judgement_of_flow(struct judgement *j, const struct sl_tuple *original,
					      const struct sl_flow *o, __u32 version, __u32 now)
{
	struct sl_interface *dev = interface_find(version, o->ifindex_in);

	memset(j, 0, sizeof(*j));
	j->in = *original;
	j->out = *original;
	j->version = version;
	j->now = now;
	j->ifindex_in = o->ifindex_in;
	if (dev && (dev->flags & SL_IF_MANAGED) && dev->vrf == original->vrf)
		j->zone_in = dev->zone;
	j->was = o->flags;
	if (original->source_port || original->destination_port)
		j->is = PKT_PORTS;
}

/* Whether the pool of a masquerade has this address. */
__noinline int pool_has(struct judgement *j, struct sl_addr *address)
{
	struct sl_masquerade *m;
	__u32 i, row;

	if (!j || !address)
		return 0;
	row = j->masquerade - 1;
	m = rules_find(&masquerades, j->version, &row);
	if (!m)
		return 0;
	for (i = 0; i < SL_MAX_POOL_RANGES && i < m->ranges; i++) {
		struct sl_addr *first;
		struct sl_pool *range;

		row = m->pool + i;
		range = rules_find(&pools, j->version, &row);
		if (!range)
			return 0;
		first = &range->first;
		if (first->w[0] == address->w[0] && first->w[1] == address->w[1] && first->w[2] == address->w[2] &&
		    bpf_ntohl(address->w[3]) - bpf_ntohl(first->w[3]) < range->count)
			return 1;
	}
	return 0;
}

/* The address that a masqueraded flow leaves with must still be one that the rule gives. */
static __always_inline bool same_translation(struct scratch *s, const struct sl_flow *o)
{
	struct judgement *j = &s->judgement;
	struct sl_tuple *now = &s->tuple;

	flow_out(o, j->in.family, now);
	if (now->vrf != j->out.vrf || !addr_equal(&now->destination, &j->out.destination) ||
	    now->destination_port != j->out.destination_port)
		return false;
	/* of a pool it may be another one: a mapping is kept when the pool grows, or another engine chose it */
	if (!addr_equal(&now->source, &j->out.source) && !(j->masquerade && pool_has(j, &now->source)))
		return false;
	j->out.source = now->source;
	if (leads_into_tunnel(j))
		return false;
	return ((o->flags ^ j->flags) &
		(SL_FLOW_NEW_SOURCE | SL_FLOW_NEW_DESTINATION | SL_FLOW_TO_HOST | SL_FLOW_TO_MAPPING)) == 0 &&
	       (!(o->flags & SL_FLOW_MAPPED) || j->masquerade);
}

static __always_inline int own_still_allowed(struct judgement *j, struct sl_flow *o, __u16 zone_out)
{
	if (!zone_out || judge_from_host(j, zone_out) != SL_DROP_NONE)
		return 0;
	o->policy = j->policy;
	o->limits = find_limits(j);
	o->zone_out = zone_out;
	return 1;
}

/*
 * A masquerade that begins to filter by address knows the peers of the flows that it finds. Whoever
 * moves the entry into the generation of now does it, so that one reference is taken.
 */
static __always_inline void follow_filter(struct scratch *s, const struct judgement *j, struct sl_flow *o)
{
	__u32 seen = *(volatile __u32 *)&o->version, now = (j->version & 0xffff0000) | (seen & 0xffff);

	if (!j->by_address || (o->holds & (SL_HOLDS_PEER | SL_HOLDS_SHARE)) ||
	    SL_GENERATION(seen) == SL_GENERATION(now))
		return;
	if (__sync_val_compare_and_swap(&o->version, seen, now) != seen)
		return;
	tuple_of_peer(&j->in, o, &s->peer);
	s->peer_owner = peer_owner_of(j);
	peer_key_of(&s->peer_key, &j->in, &s->peer, o->flags, o->outside_vrf, o->view);
	if (hold_peer())
		o->holds |= SL_HOLDS_PEER;
}

__noinline int still_allowed(pkt_ctx *ctx, struct sl_tuple *original, __u32 version, __u32 now)
{
	struct scratch *s = scratch_get();
	struct judgement *j;
	struct sl_flow *o;

	if (!s || !original)
		return 0;
	o = flow_find(original);
	if (!o)
		return 0;
	j = &s->judgement;
	judgement_of_flow(j, original, o, version, now);
	if (o->flags & SL_FLOW_FROM_HOST) /* the interface of its first packet is where that left */
		return own_still_allowed(j, o, j->zone_in);
	if (!j->zone_in || judge(ctx, j) != SL_DROP_NONE)
		return 0;
	if (!same_translation(s, o))
		return 0;
	o->policy = j->policy;
	o->nat = j->nat;
	o->limits = find_limits(j);
	o->zone = j->zone_in;
	o->zone_out = j->zone_out;
	follow_filter(s, j, o);
	return 1;
}

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

static __always_inline bool rules_changed(const struct sl_flow *f, const struct pkt *p)
{
	return SL_GENERATION(f->version) != SL_GENERATION(p->version);
}

/* Both halves agree on zones after the rules changed; the other one checks for itself no more. */
static __always_inline void take_over_zones(struct sl_flow *f, struct sl_flow *peer, const struct sl_flow *o,
					    __u32 version)
{
	struct sl_flow *r = o == f ? peer : f;

	r->zone = o->zone_out;
	r->zone_out = o->zone;
	r->policy = o->policy;
	r->nat = o->nat;
	r->limits = o->limits;
	/* the peer's next hop is its own affair: an old epoch makes it look */
	peer->version = (version & 0xffff0000) | (peer->version & 0xffff);
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
#ifdef SLUICE_TC
	return false;
#else
	return f->flags & SL_FLOW_PROXIED;
#endif
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
