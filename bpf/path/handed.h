/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What another node of the cluster has handed over counts as come in by the interface by which it came in there. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/types.h"
#include "bpf/proto/interface.h"
#include "bpf/state/leader.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/handover.h"
#include "maps/interface.h"

static __always_inline bool is_handed(const struct ethhdr *eth)
{
	return eth->h_source[0] == SL_HANDOVER_MAC0 && eth->h_source[1] == SL_HANDOVER_MAC1 &&
	       eth->h_source[2] == SL_HANDOVER_MAC2;
}

static __always_inline __be16 numbers_in(const struct ethhdr *eth)
{
	__be16 numbers;

	memcpy(&numbers, &eth->h_source[3], sizeof(numbers));
	return numbers;
}

/* The interface with this number, by the rules that this packet sees; 0: none. */
static __always_inline __u32 device_with(const struct sl_handover *h, __u32 version, __u8 number)
{
	__u32 ifindex = h->device[number];
	struct sl_interface *dev = interface_find(version, ifindex);

	return dev && (dev->flags & SL_IF_MANAGED) && dev->number == number ? ifindex : 0;
}

/* SL_V_NEXT: p->ifindex says where it came in. XDP leaves it to tc, which sends on what came in elsewhere. */
__noinline int take_handed(pkt_ctx *ctx, struct pkt *p)
{
	struct ethhdr *eth = hdr_at(ctx, 0, struct ethhdr);
	struct sl_handover *h = handover_get();
	struct sl_interface *link;
	__u8 number;

	if (!p || !h || !eth || !is_handed(eth))
		return SL_V_NEXT;
	if (!CTX_IS_TC)
		return SL_V_IGNORED;
	number = eth->h_source[5];
	link = interface_find(p->version, p->ifindex);
	if (!number || !link || link->peer4 != numbers_in(eth))
		return drop(p, SL_DROP_NOT_LED);
	p->ifindex = h->role == SL_HANDOVER_NONE ? 0 : device_with(h, p->version, number);
	if (!p->ifindex)
		return drop(p, SL_DROP_NOT_LED);
	p->tunnel |= TUNNEL_LED;
	count_path(SL_PATH_TAKEN);
	return SL_V_NEXT;
}

static __always_inline struct sl_interface *interface_of_handed(struct pkt *p)
{
	struct sl_interface *dev = interface_find(p->version, p->ifindex);

	if (dev)
		note_interface(p, dev);
	return dev;
}
