/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A flow is judged again, as if its first packet came now: because the rules have changed. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/limit/match.h"
#include "bpf/nat/peers.h"
#include "bpf/output/route.h"
#include "bpf/policy/from_host.h"
#include "bpf/policy/judge.h"
#include "bpf/state/table.h"
#include "bpf/tunnel/into_tunnel.h"

#include "maps/config.h"
#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/rules.h"

/*
 * Where the original direction comes in now. The interface of its first packet may be none of the rules any more: it has become a
 * bridge's, or it went and came again. Then its packets come in where the way back to its source leads.
 */
static __always_inline void find_interface_in(pkt_ctx *ctx, struct judgement *j)
{
	struct sl_interface *dev = interface_find(j->version, j->ifindex_in);
	struct scratch *s = scratch_get();

	if (dev && (dev->flags & SL_IF_MANAGED)) {
		j->zone_in = dev->vrf == j->in.vrf ? dev->zone : 0;
		return;
	}
	j->zone_in = zone_behind(ctx, j) & BEHIND_ZONE;
	if (s && j->zone_in)
		j->ifindex_in = s->fib.ifindex;
}

/* The judgement of the original direction, as if its first packet came now. */
static __always_inline void judgement_of_flow(pkt_ctx *ctx, struct judgement *j, const struct sl_tuple *original,
					      const struct sl_flow *o, __u32 version, __u32 now)
{
	memset(j, 0, sizeof(*j));
	j->in = *original;
	j->out = *original;
	j->version = version;
	j->now = now;
	j->ifindex_in = o->ifindex_in;
	find_interface_in(ctx, j);
	j->was = o->flags;
	j->is_closing = o->state == SL_FLOW_CLOSING;
	if (original->source_port || original->destination_port)
		j->is = PKT_PORTS;
}

/* Where the flow leads: a service lets it go on there as long as that is one of its backends. */
static __always_inline void remember_target(struct scratch *s, struct judgement *j, const struct sl_flow *o)
{
	flow_out(o, j->in.family, &s->tuple);
	j->had = s->tuple.destination;
	j->had_port = s->tuple.destination_port;
	j->had_vrf = s->tuple.vrf;
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
	return ((o->flags ^ j->flags) & (SL_FLOW_NEW_SOURCE | SL_FLOW_NEW_DESTINATION | SL_FLOW_OTHER_FAMILY |
					 SL_FLOW_TO_HOST | SL_FLOW_TO_MAPPING)) == 0 &&
	       (!(o->flags & SL_FLOW_MAPPED) || j->masquerade);
}

static __noinline int count_ended(__u32 object, __s64 ended)
{
	struct sl_object_count *c = object ? bpf_map_lookup_elem(&object_counters, &object) : NULL;

	if (c)
		__sync_fetch_and_add(&c->ended, ended);
	return 0;
}

/* What it is counted as when it ends. Of several CPUs one says so: how many each object has stays right. */
static __always_inline void put_under(struct sl_flow *o, __u32 policy, __u32 nat)
{
	__u32 had = *(volatile __u32 *)&o->policy, had_nat = o->nat;

	if ((had == policy && had_nat == nat) || __sync_val_compare_and_swap(&o->policy, had, policy) != had)
		return;
	o->nat = nat;
	count_ended(had, 1);
	if (had_nat != had)
		count_ended(had_nat, 1);
	count_ended(policy, -1);
	if (nat != policy)
		count_ended(nat, -1);
}

static __always_inline int own_still_allowed(struct judgement *j, struct sl_flow *o, __u16 zone_out)
{
	if (!zone_out || judge_from_host(j, zone_out) != SL_DROP_NONE)
		return 0;
	put_under(o, j->policy, o->nat);
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
	if (hold_peer(&s->peer_key, s->peer_owner))
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
	judgement_of_flow(ctx, j, original, o, version, now);
	remember_target(s, j, o);
	if (o->flags & SL_FLOW_FROM_HOST) /* the interface of its first packet is where that left */
		return own_still_allowed(j, o, j->zone_in);
	if (!j->zone_in || judge(ctx, j) != SL_DROP_NONE)
		return 0;
	if (!same_translation(s, o))
		return 0;
	put_under(o, j->policy, j->nat);
	o->limits = find_limits(j);
	o->zone = j->zone_in;
	o->zone_out = j->zone_out;
	o->ifindex_in = j->ifindex_in;
	follow_filter(s, j, o);
	return 1;
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
