/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ports that are given back when somebody else needs one, and none is left: of connections that are closed, of flows
 * whose time is over, and, for a host that has few, of those of a host with many that nobody has answered; with a port
 * towards each destination, of all that nobody has answered for a second. What is established is never touched. A few ports are looked at, by chance: who has most of them loses most.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/host_quota.h"
#include "bpf/nat/mapping.h"
#include "bpf/nat/pool.h"
#include "bpf/nat/port_maps.h"
#include "bpf/nat/port_range.h"
#include "bpf/nat/port_sharing.h"
#include "bpf/state/maps.h"
#include "bpf/state/slots.h"
#include "bpf/state/table.h"
#include "bpf/state/timeout.h"

#include "maps/accounts.h"
#include "maps/config.h"
#include "maps/flow.h"
#include "maps/mapping.h"
#include "maps/rules.h"

#define BACK_LOOKS 4
#define SMALL_PART 64 /* a host with no more than this part of the ports gives nothing back, if it may have as many */

/* What a host may have before it gives any back: the document's number, or a small part of the ports. */
static __always_inline __u32 part_of_host(const struct scratch *s, const struct judgement *j)
{
	__u32 part = (s->search.last - s->search.first + 1) / SMALL_PART;
	struct sl_masquerade *m = masquerade_find(j);

	return m && m->mappings_per_host && m->mappings_per_host < part ? m->mappings_per_host : part;
}

/* Whether the host of s->candidate has so much more than who asks that it gives back: twice as much, and more than its part. */
static __always_inline bool has_too_many(struct scratch *s, const struct judgement *j)
{
	__u32 has = host_count_of(s, &s->candidate, j->nat);

	return has > part_of_host(s, j) && has / 2 > host_count_of(s, &j->in, j->nat) + 1;
}

/*
 * Nobody has answered. With a port towards each destination nobody is counted, so that whoever asks for one gets it, and a
 * flood of first packets keeps none for longer than an honest answer takes.
 */
static __always_inline bool waits_too_long(struct scratch *s, const struct judgement *j, const struct sl_flow *o,
					   __u32 hz)
{
	if (o->state != SL_FLOW_HALF_OPEN)
		return false;
	return j->per_destination ? age_of(o, j->now) >= hz : has_too_many(s, j);
}

/* A second after its close: the last acknowledgement has passed. */
static __always_inline bool gives_way(struct scratch *s, const struct judgement *j, const struct sl_flow *o)
{
	struct sl_config *c = config_get();

	if (!c || !(o->flags & SL_FLOW_NEW_SOURCE) || o->nat != j->nat)
		return false;
	if (s->candidate.protocol == IPPROTO_TCP && o->state == SL_FLOW_CLOSING && age_of(o, j->now) >= c->hz)
		return true;
	tuple_of_peer(&s->candidate, o, &s->peer);
	if (is_idle_too_long(c, &s->candidate, o, flow_find(&s->peer), j->now))
		return true;
	return waits_too_long(s, j, o, c->hz);
}

/* Whether the only flow of s->outside's mapping gives way: then it is s->candidate. */
__noinline int mapping_gives_way(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_mapping *m;
	struct sl_flow *o;
	__u32 slot;

	if (!s || !j)
		return 0;
	m = bpf_map_lookup_elem(&nat_outside, &s->outside);
	if (!m || mapping_read(m).references != 1)
		return 0;
	slot = m->slot;
	if (!slot)
		return 0;
	slot_key(j->out.family, slot, &s->candidate);
	o = flow_find(&s->candidate);
	if (!o || o->slot != slot || !(o->flags & SL_FLOW_MAPPED) || o->source_port != s->outside.port)
		return 0;
	return gives_way(s, j, o);
}

/* Whether the flow that has s->outside towards the destination gives way: then it is s->candidate. */
__noinline int flow_gives_way(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_flow *r, *o;

	if (!s || !j)
		return 0;
	note_answers(s, j);
	s->peer.destination_port = s->outside.port;
	r = flow_find(&s->peer);
	if (!r || !(r->flags & SL_FLOW_REPLY))
		return 0;
	tuple_of_peer(&s->peer, r, &s->candidate);
	o = flow_find(&s->candidate);
	return o && gives_way(s, j, o);
}

/* Looks for one, of a mapping, or `towards` the destination. 1: s->candidate is to be ended, by the caller. */
__noinline int find_giver(struct judgement *j, __u32 towards)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;
	int i;

	if (!s || !j)
		return 0;
	m = masquerade_find(j);
	if (!m)
		return 0;
	first_range(&s->search, m, j);
	outside_endpoint(&s->outside, &j->out.source, 0, j->in.protocol, j->outside_vrf);
	for (i = 0; i < BACK_LOOKS; i++) {
		__u32 size = s->search.last - s->search.first + 1;

		s->outside.port = bpf_htons(s->search.first + bpf_get_prandom_u32() % size);
		if (towards ? flow_gives_way(j) : mapping_gives_way(j))
			return 1;
	}
	return 0;
}
