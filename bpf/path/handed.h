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

/* SL_V_NEXT: p->ifindex says where it came in. XDP leaves it to tc, which sends on what came in elsewhere. */
__noinline int take_handed(pkt_ctx *ctx, struct pkt *p)
{
	struct ethhdr *eth = hdr_at(ctx, 0, struct ethhdr);
	struct sl_handover *h = handover_get();

	if (!p || !h || !eth || !is_handed(eth))
		return SL_V_NEXT;
	if (!CTX_IS_TC)
		return SL_V_IGNORED;
	if (h->role == SL_HANDOVER_NONE)
		return drop(p, SL_DROP_NOT_LED);
	p->ifindex = h->device[eth->h_source[5]];
	p->is_led = 1;
	count_path(SL_PATH_TAKEN);
	return SL_V_NEXT;
}

static __always_inline struct sl_interface *interface_of_handed(struct pkt *p)
{
	struct sl_interface *dev = interface_find(p->version, p->ifindex);

	if (!dev || !(dev->flags & SL_IF_MANAGED))
		return NULL;
	note_interface(p, dev);
	return dev;
}
