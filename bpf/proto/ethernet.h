/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ethernet II (IEEE 802.3): where the network header starts and whom the frame was sent to. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"
#include "bpf/proto/vlan.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/interface.h"

static __always_inline bool mac_equal(const __u8 *a, const __u8 *b)
{
	const __u16 *x = (const __u16 *)a, *y = (const __u16 *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
}

/* The only machine at the other end, where there is but one: nobody else may speak there. */
static __always_inline bool is_peer(const struct ethhdr *eth, const struct sl_interface *dev)
{
	const __u16 *x = (const __u16 *)eth->h_source, *y = (const __u16 *)dev->mac;

	return x[0] == (y[0] ^ bpf_htons(SL_PEER_BIT << 8)) && x[1] == y[1] && x[2] == y[2];
}

static __always_inline verdict parse_ethernet(pkt_ctx *ctx, struct pkt *p, struct sl_interface *dev,
					      struct eth_type *type)
{
	struct ethhdr *eth = hdr_at(ctx, 0, struct ethhdr);

	if (!eth)
		return drop(p, SL_DROP_TOO_SHORT);
	if (CTX_IS_TC && (dev->flags & SL_IF_ONE_PEER) && !is_peer(eth, dev))
		return drop(p, SL_DROP_MAC_SPOOFED);
	type->be = eth->h_proto;
	p->l3_off = sizeof(*eth);
	if (ctx_has_tags_inside())
		STAGE(untag_all(ctx, p, &dev, type));
	if (ctx_is_for_others(ctx))
		return SL_V_IGNORED;
	if (eth->h_dest[0] & 1)
		p->is |= PKT_LINK_MANY;
	else if (!ctx_knows_receiver() && !mac_equal(eth->h_dest, dev->mac))
		return SL_V_IGNORED; /* tc sees it next, and knows whether the device has taken it */
	return SL_V_NEXT;
}
