/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Endpoints of networks: whose packet it is, and what is counted for them. Only packets that come in or leave by a network's
 * tunnel look for it, so that all others pay no more than two bits.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/rules.h"

/* The number of who has this address in this VRF, as its own or behind it; 0: nobody. */
static __always_inline __u32 endpoint_at(__u32 version, __u16 vrf, const struct sl_addr *address)
{
	__u32 *number = prefix_find(version, SL_PREFIX_TAG(SL_PREFIX_ENDPOINT, vrf, family_of(address)), address);

	return number ? *number : 0;
}

__noinline int note_endpoint(struct pkt *p, struct sl_flow *f)
{
	struct scratch *s = scratch_get();

	if (!s || !p || !f)
		return 0;
	p->is |= PKT_TO_NETWORK;
	s->towards.vrf = f->vrf;
	destination_out(f, p->family, &s->towards.address);
	return 0;
}

/* The packet goes on as its flow says; asked before it is changed. */
static __always_inline void note_towards(struct pkt *p, struct sl_flow *f)
{
	if (f->flags & SL_FLOW_NETWORK)
		note_endpoint(p, f);
}

static __always_inline bool is_carried(__u32 v)
{
	return v == SL_V_FORWARDED || v == SL_V_TO_HOST || v == SL_V_FROM_HOST;
}

static __always_inline void count_at(const struct pkt *p, __u32 number, __u32 v, bool from)
{
	struct sl_endpoint_count *all = number ? bpf_map_lookup_elem(&endpoint_counters, &number) : NULL;
	struct sl_count *c;

	if (!all)
		return;
	barrier_var(all);
	c = is_carried(v) ? from ? &all->from : &all->to : &all->dropped.reason[p->reason & (SL_DROP_LIMIT - 1)];
	__sync_fetch_and_add(&c->packets, 1);
	__sync_fetch_and_add(&c->bytes, p->bytes);
}

/* The side of the tunnel that it came in by (`received`) or, of the gateway's own packets, leaves by. */
static __always_inline void near_address(const struct pkt *p, bool received, struct sl_addr *address)
{
	if (p->family == 4)
		addr_from4(address, received ? p->key.v4.source : p->key.v4.destination);
	else
		addr_from6(address, received ? p->key.v6.source : p->key.v6.destination);
}

/* Of a packet that came in or leaves by a network's tunnel. A drop is counted at both, because both miss it. */
__noinline int count_for_endpoints(struct pkt *p, __u32 v, __u32 received)
{
	struct scratch *s = scratch_get();

	if (!s || !p || !p->family)
		return 0;
	if (p->is & PKT_TO_NETWORK)
		count_at(p, endpoint_at(p->version, s->towards.vrf, &s->towards.address), v, false);
	if (!(p->dev & SL_IF_NETWORK))
		return 0;
	near_address(p, received, &s->towards.address);
	count_at(p, endpoint_at(p->version, p->vrf, &s->towards.address), v, received);
	return 0;
}
