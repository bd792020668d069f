/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* To the node of the cluster that leads, on the link that nodes have, as the packet came (maps/handover.h). */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/output/macs.h"
#include "bpf/output/route.h"
#include "bpf/state/leader.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/handover.h"
#include "maps/interface.h"

/* Of what waits for the link it goes last (TC_PRIO_BULK of <linux/pkt_sched.h>): VRRP and the state of flows go there too. */
#define BEHIND_OTHERS 2

/* The kernel knows its MAC address: the state of flows comes from there all the time. */
static __always_inline bool find_leader(pkt_ctx *ctx, struct scratch *s, struct sl_handover *h)
{
	struct sl_addr any = {};
	__u32 flags = fib_question(&s->fib, SL_MAIN_VRF, &any, &h->leader, h->family);

	return bpf_fib_lookup(ctx, &s->fib, sizeof(s->fib), flags) == BPF_FIB_LKUP_RET_SUCCESS &&
	       s->fib.ifindex == h->link;
}

/*
 * SL_V_FORWARDED, or dropped. What was handed over once is not handed over again: nobody leads, or two think that another
 * one does.
 */
__noinline int hand_over(pkt_ctx *ctx, struct pkt *p)
{
	__u8 from[6] = { SL_HANDOVER_MAC0, SL_HANDOVER_MAC1, SL_HANDOVER_MAC2, 0, 0, 0 };
	struct sl_handover *h = handover_get();
	struct scratch *s = scratch_get();
	struct sl_interface *dev, *link;
	__be16 numbers;

	if (!h || !s || !p || (p->tunnel & TUNNEL_LED) || !h->link || h->role != SL_HANDOVER_FOLLOWS)
		return SL_V_DROPPED;
	dev = interface_find(p->version, p->ifindex);
	/* Only devices with a link header have a number. */
	link = interface_find(p->version, h->link);
	if (!dev || !dev->number || !link || !(link->flags & SL_IF_NODES) || !find_leader(ctx, s, h))
		return SL_V_DROPPED;
	numbers = link->peer4;
	memcpy(&from[3], &numbers, sizeof(numbers));
	from[5] = dev->number;
	if (!write_macs_at(ctx, 0, s->fib.dmac, from))
		return SL_V_DROPPED;
	count_path(SL_PATH_HANDED_OVER);
	ctx->mark = SLUICE_MARK;
	ctx->priority = BEHIND_OTHERS;
	p->left_by = h->link;
	p->action = bpf_redirect(h->link, 0);
	return SL_V_FORWARDED;
}
