/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * First packets to the outside endpoint of a mapping: its filter (RFC 4787 section 5, RFC 5382 REQ-3)
 * says who of the outside may open a flow to its owner. Inside hosts may without being asked for
 * (hairpin, RFC 4787 REQ-9): between their zones the policies speak.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/mapping.h"
#include "bpf/nat/port_claim.h"
#include "bpf/output/route.h"
#include "bpf/state/maps.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/mapping.h"
#include "maps/rules.h"

static __always_inline void asked_endpoint(const struct judgement *j, struct sl_endpoint *outside)
{
	outside_endpoint(outside, &j->in.destination, j->in.destination_port, j->in.protocol, j->view);
}

/* The mapping that the packet was sent to, if a flow uses it: sets s->inside to its owner. */
static __always_inline struct sl_mapping *asked_mapping(struct scratch *s, const struct judgement *j)
{
	struct sl_mapping *m;

	asked_endpoint(j, &s->outside);
	m = bpf_map_lookup_elem(&nat_outside, &s->outside);
	if (!m || !mapping_is_live(mapping_read(m)))
		return NULL;
	s->inside = m->other;
	return m;
}

/* The zone that the endpoint is an address of; an address that is only routed to the gateway lies where it leads. */
static __always_inline void find_outside(pkt_ctx *ctx, struct judgement *j)
{
	struct sl_local *local = local_find(j->version, j->view, &j->in.destination);

	if (local) {
		j->outside_zone = local->zone;
		j->outside_ifindex = local->ifindex;
	} else if (!find_route(ctx, j)) {
		j->outside_zone = j->zone_out;
		j->outside_ifindex = j->ifindex;
	}
}

/*
 * Whether a mapping has the endpoint that is asked: then s->inside is who made it. A socket of the gateway
 * that has the same endpoint wins; a flow goes on as it began, whoever came later.
 */
__noinline int asks_mapping(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!s || !j)
		return 0;
	if (!(j->is & PKT_PORTS) || !j->in.destination_port || (j->was & SL_FLOW_TO_HOST))
		return 0;
	if (!asked_mapping(s, j))
		return 0;
	return (j->was & SL_FLOW_TO_MAPPING) ||
	       !socket_has(ctx, s, &s->outside, &j->in.source, j->in.source_port, j->in.family);
}

/* Where no rule translates the destination, a mapping may. */
static __always_inline int translate_to_mapping(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!s)
		return SL_DROP_INTERNAL;
	if (!asks_mapping(ctx, j))
		return SL_DROP_NONE;
	find_outside(ctx, j);
	j->out.vrf = s->inside.vrf;
	j->out.destination = s->inside.address;
	j->out.destination_port = s->inside.port;
	j->scope = s->inside.scope;
	j->flags |= SL_FLOW_NEW_DESTINATION | SL_FLOW_TO_MAPPING;
	return SL_DROP_NONE;
}

static __always_inline bool is_in_use(__u32 references)
{
	return references && references != SL_MAPPING_DEAD;
}

static __always_inline bool has_sent_to(struct scratch *s, const struct judgement *j)
{
	struct sl_peer *p;

	asked_endpoint(j, &s->peer_key.outside);
	s->peer_key.peer = j->in.source;
	p = bpf_map_lookup_elem(&nat_peers, &s->peer_key);
	return p && is_in_use(*(volatile __u32 *)&p->references);
}

/*
 * Once the owner's zone is known. A sender that the owner is not hidden from is no outsider. The
 * filter is that of the masquerade towards the zone whose address was asked for, and no other zone's
 * packets pass it.
 */
__noinline int filter(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;
	__u32 row;

	if (!s || !j)
		return SL_DROP_INTERNAL;
	row = masquerade_of(pair_find(j->version, j->zone_out, j->zone_in), j->in.family);
	if (!row || j->zone_in == j->zone_out) {
		j->hairpin = 1;
		return SL_DROP_NONE;
	}
	row--;
	m = rules_find(&masquerades, j->version, &row);
	if (!m || j->zone_in != j->outside_zone)
		return SL_DROP_FILTERED;
	j->nat = m->object;
	j->by_address = m->flags & SL_MASQUERADE_FILTER_ADDRESS ? 1 : 0;
	j->admitted = (m->flags & SL_MASQUERADE_FILTER_NONE) || (j->by_address && has_sent_to(s, j));
	return j->admitted ? SL_DROP_NONE : SL_DROP_FILTERED;
}
