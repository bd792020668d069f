/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Outer packets of VXLANs. They need no flow: each stands for itself, and an answer to it comes from another port, so
 * their flows would be half open for ever. What is not clearly of a tunnel goes the ordinary way, where policies and the
 * check of sources judge it as a packet to the gateway, or of it.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/proto/vxlan.h"

#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/tunnel.h"

enum outer_way { OUTER_RECEIVED, OUTER_OWN };

/* The remote's end of a packet; of one the other way round: the local one. */
static __always_inline void outer_end(const struct pkt *p, enum outer_way way, struct sl_addr *a)
{
	bool source = way == OUTER_RECEIVED;

	if (p->family == 4)
		addr_from4(a, source ? p->key.v4.source : p->key.v4.destination);
	else
		addr_from6(a, source ? p->key.v6.source : p->key.v6.destination);
}

/* Of this VNI, between local address and remote, by the zone where that is; NULL: it is of none. */
static __always_inline struct sl_tunnel *tunnel_find(const struct pkt *p, const struct vxlan_headers *h,
						     enum outer_way way)
{
	struct scratch *s = scratch_get();
	struct sl_tunnel *t;

	if (!s || h->vxlan.flags != VXLAN_HAS_VNI)
		return NULL;
	outer_end(p, way, &s->tunnel.remote);
	outer_end(p, way == OUTER_RECEIVED ? OUTER_OWN : OUTER_RECEIVED, &s->tunnel.local);
	s->tunnel.vni = h->vxlan.vni;
	s->tunnel.port = h->udp.dest;
	s->tunnel.kind = SL_TUNNEL_OUTER;
	t = rules_find(&tunnels, p->version, &s->tunnel);
	return t && t->zone == p->zone ? t : NULL;
}

static __always_inline bool may_be_tunnelled(const struct pkt *p)
{
	return (p->dev & SL_IF_TUNNELS) && p->protocol == IPPROTO_UDP &&
	       !(p->is & (PKT_PIECE | PKT_MULTICAST | PKT_LINK_MANY));
}
