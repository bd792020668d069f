/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a flow: both directions, its mapping, and its counts to the rules that carried it. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/mapping_end.h"
#include "bpf/nat/peers.h"
#include "bpf/nat/per_destination.h"
#include "bpf/nat/port_range.h"
#include "bpf/nat/port_sharing.h"
#include "bpf/state/maps.h"
#include "bpf/state/slots.h"
#include "bpf/state/table.h"
#include "bpf/syn/target.h"

#include "maps/counters.h"
#include "maps/flow.h"
#include "maps/slots.h"

static __always_inline void add_to_object(__u32 object, __u64 packets, __u64 bytes)
{
	struct sl_object_count *c = object ? bpf_map_lookup_elem(&object_counters, &object) : NULL;

	if (!c)
		return;
	__sync_fetch_and_add(&c->packets, packets);
	__sync_fetch_and_add(&c->bytes, bytes);
	__sync_fetch_and_add(&c->ended, 1);
}

static __always_inline void count_new_flow(__u32 object)
{
	struct sl_object_count *c = object ? bpf_map_lookup_elem(&object_counters, &object) : NULL;

	if (c)
		__sync_fetch_and_add(&c->flows, 1);
}

static __always_inline struct sl_flow_count *flow_count_of(__u8 family)
{
	__u32 row = SL_GC_CURSOR_OF(family);

	return bpf_map_lookup_elem(&flow_counts, &row);
}

static __always_inline void count_flow_ended(__u8 family)
{
	struct sl_flow_count *c = flow_count_of(family);

	if (c)
		__sync_fetch_and_add(&c->ended, 1);
}

/* What is known of the port's use towards the flow's peer; sets held->late. */
__noinline int leave_port(struct held_by_flow *held, struct sl_tuple *original, struct sl_tuple *answers)
{
	struct scratch *s = scratch_get();
	struct sl_tuple *towards;
	bool asked;

	if (!s || !held || !original || !answers)
		return 0;
	if (!(held->flags & (SL_FLOW_NEW_SOURCE | SL_FLOW_TO_MAPPING)))
		return 0;
	asked = held->flags & SL_FLOW_TO_MAPPING;
	towards = asked ? original : answers;
	held->late = held->rests ? hash_of_peer(towards) : 0;
	leave_crowd(s, towards, asked ? held->view : held->outside_vrf);
	if (!(held->holds & SL_HOLDS_SHARE))
		return 0;
	destination_of(answers, held->outside_vrf, &s->outside);
	leave_share(s, original, held->holds, held->nat);
	return 1;
}

/* Answers to a masqueraded flow arrive for the outside endpoint of its mapping. */
static __always_inline void release_filter_state(struct scratch *s)
{
	struct held_by_flow *held = &s->ended;

	leave_port(held, &s->tuple, &s->peer);
	if (held->flags & SL_FLOW_MAPPED) {
		destination_of(&s->peer, held->outside_vrf, &s->outside);
		release_mapping(&s->outside, held->late);
	}
	if (held->flags & SL_FLOW_TO_MAPPING) {
		destination_of(&s->tuple, held->view, &s->outside);
		release_mapping(&s->outside, held->late);
	}
	if (held->holds & SL_HOLDS_PEER) {
		peer_key_of(&s->peer_key, &s->tuple, &s->peer, held->flags, held->outside_vrf, held->view);
		release_peer(&s->peer_key);
	}
}

/* Who closed a connection is done with it, and who never answered knows of no port. */
static __always_inline bool may_be_answered(__u8 protocol, const struct sl_flow *original, const struct sl_flow *reply)
{
	if (is_query(protocol) || (protocol == IPPROTO_TCP && original->state == SL_FLOW_CLOSING))
		return false;
	return reply && reply->packets;
}

/* Takes a frame of its own, and leaves the caller's as small as it has to be. */
static __noinline struct sl_flow *find_to_end(struct sl_tuple *t)
{
	return flow_find(t);
}

/*
 * Whoever deletes the original's entry does the rest, so that a flow ends once however many CPUs
 * find it dead. Answers 1 when this call ended it.
 */
__noinline int end_flow(struct sl_tuple *any)
{
	struct scratch *s = scratch_get();
	struct sl_flow *f, *o, *r;
	__u64 packets = 0, bytes = 0;
	__u32 policy, slot;

	if (!s || !any)
		return 0;
	f = find_to_end(any);
	if (!f)
		return 0;
	s->tuple = *any;
	if (f->flags & SL_FLOW_REPLY)
		tuple_of_peer(any, f, &s->tuple);
	o = find_to_end(&s->tuple);
	if (!o) {
		flow_remove(any); /* half of a pair: its other half is gone already */
		return 0;
	}
	tuple_of_peer(&s->tuple, o, &s->peer);
	r = find_to_end(&s->peer);
	if (r == o)
		r = NULL; /* its own peer */
	packets = o->packets + (r ? r->packets : 0);
	bytes = o->bytes + (r ? r->bytes : 0);
	policy = o->policy;
	slot = o->slot;
	s->ended.flags = o->flags;
	s->ended.outside_vrf = o->outside_vrf;
	s->ended.view = o->view;
	s->ended.holds = o->holds;
	s->ended.nat = o->nat;
	s->ended.rests = may_be_answered(s->tuple.protocol, o, r);
	leave_target(&s->tuple, o);
	if ((o->holds & SL_HOLDS_SHARE) && (o->holds & SL_HOLDS_QUOTA)) {
		uncount_share(&s->tuple, o);
		s->ended.holds &= ~SL_HOLDS_COUNT;
	}
	if (flow_remove(&s->tuple))
		return 0;
	flow_remove(&s->peer);
	if (slot) { /* rows that user space wrote may end before they were adopted */
		leave_slot(&s->tuple, slot);
		count_flow_ended(s->tuple.family);
	}
	add_to_object(policy, packets, bytes);
	if (s->ended.nat != policy)
		add_to_object(s->ended.nat, packets, bytes);
	release_filter_state(s);
	return 1;
}
