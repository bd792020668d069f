/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What would leave as an outer packet of a tunnel, and is none: the remote would take what is in it for a frame of this
 * site. Asked about flows, because the tunnel's own packets need none or begin at the gateway itself.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/mapping.h"
#include "maps/tunnel.h"

/* A port with its VRF, in one word: with a fifth argument is_tunnels() would keep some on a stack that has no room. */
static __always_inline __u64 port_in(__u32 vrf, __be16 port)
{
	return (__u64)vrf << 32 | port;
}

/* Whether UDP from this endpoint of the gateway to that port of the remote is a tunnel's in its VRF; GRE: port 0. */
__noinline int is_tunnels(struct judgement *j, struct sl_addr *local, struct sl_addr *remote, __u64 port)
{
	struct scratch *s = scratch_get();
	struct sl_rules_header *h;

	if (!s || !j || !local || !remote)
		return 0;
	s->tunnel.remote = *remote;
	s->tunnel.local = *local;
	s->tunnel.vni = port >> 32;
	s->tunnel.port = port;
	s->tunnel.kind = SL_TUNNEL_ENDS;
	h = header_get(j->version);
	if (!h || !h->tunnels)
		return 0;
	return rules_find(&tunnels, j->version, &s->tunnel) != NULL;
}

/* A port that answers of the remote come to. */
static __always_inline bool tunnel_has(struct judgement *j, struct sl_endpoint *outside)
{
	return outside->protocol == IPPROTO_UDP &&
	       is_tunnels(j, &outside->address, &j->out.destination, port_in(outside->vrf, outside->port));
}

/*
 * The flow's packets, or the answers to them: who forges the remote's port as a source calls for those. What comes for
 * the tunnel itself is answered by nobody.
 */
static __always_inline bool leads_into_tunnel(struct judgement *j)
{
	bool to_host = j->flags & SL_FLOW_TO_HOST, udp = j->in.protocol == IPPROTO_UDP;
	struct sl_rules_header *h = header_get(j->version);

	if (!h || !h->tunnels)
		return false;
	if (!udp && j->in.protocol != IPPROTO_GRE)
		return false;
	if (!to_host &&
	    is_tunnels(j, &j->out.source, &j->out.destination, port_in(j->out.vrf, udp ? j->out.destination_port : 0)))
		return true;
	if (to_host && (!udp || j->in.destination_port == j->in.source_port))
		return false;
	return is_tunnels(j, &j->in.destination, &j->in.source, port_in(j->in.vrf, udp ? j->in.source_port : 0));
}
