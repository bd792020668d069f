/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The node of a cluster that begins flows, where others carry as well (maps/handover.h). Packets of flows that go on are not asked, but those of flows with a limit. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/proto/ipv6.h"

#include "maps/config.h"
#include "maps/handover.h"
#include "maps/rules.h"

static __always_inline struct sl_handover *handover_get(void)
{
	struct sl_config *c = config_get();

	if (!c)
		return NULL;
	barrier_var(c); /* as in header_get() */
	return &c->handover;
}

static __always_inline bool has_role(__u8 role)
{
	struct sl_handover *h = handover_get();

	return h && *(volatile __u8 *)&h->role == role;
}

/* Others carry packets of this connection as well: what was seen here of its numbers says little of those that come. */
static __always_inline void forget_shared_numbers(struct sl_flow *f, struct sl_flow *peer)
{
	if (f->state == SL_FLOW_HALF_OPEN || has_role(SL_HANDOVER_NONE))
		return;
	f->tcp_flags &= ~(SL_TCP_SEEN | SL_TCP_ACKED);
	peer->tcp_flags &= ~(SL_TCP_SEEN | SL_TCP_ACKED);
}

/* For an address that no other node has, or that stays on its link. */
static __always_inline bool is_for_this_node(const struct pkt *p)
{
	struct sl_addr destination;
	struct sl_local *local;

	if (p->family == 6 && is_link_local6(p->key.v6.destination))
		return true;
	if (p->family == 4)
		addr_from4(&destination, p->key.v4.destination);
	else
		addr_from6(&destination, p->key.v6.destination);
	local = local_find(p->version, p->vrf, &destination);
	return local && (local->flags & (SL_LOCAL_OF_NODE | SL_LOCAL_BROADCAST));
}

/* Whether another node is to see this packet, unless a flow that it knows of carries it on here. */
__noinline int is_led(struct pkt *p)
{
	return p && has_role(SL_HANDOVER_FOLLOWS) && !(p->is & (PKT_MULTICAST | PKT_LINK_MANY | PKT_ESSENTIAL)) &&
	       !is_for_this_node(p);
}

/* The first piece of a datagram knows the ports, and all others need it; an error may be about a flow of another node. */
static __always_inline bool is_led_by_kind(struct pkt *p)
{
	return (p->is & (PKT_PIECE | PKT_ICMP_ERROR)) && is_led(p);
}

static __always_inline verdict leave_to_leader(struct pkt *p)
{
	return drop_with_answer(p, SL_DROP_NOT_LED, ANSWER_HAND_OVER);
}
