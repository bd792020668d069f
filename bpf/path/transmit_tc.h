/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Out of the flow's interface (tc), marked as judged; by the kernel's neighbour code where a MAC address is missing. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx_tc.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/output/macs.h"
#include "bpf/output/trunk.h"
#include "bpf/syn/seqadj.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/interface.h"

/*
 * In front of a packet from a device without any (tun, WireGuard): the kernel drops what it is to send on a link and has no header,
 * also where its neighbour code would write another one. Offsets in a packet's record are behind by it from here on.
 */
__noinline int make_link_header(pkt_ctx *ctx, __u32 family)
{
	struct ethhdr *eth;

	if (bpf_skb_change_head(ctx, sizeof(*eth), 0))
		return 0;
	eth = hdr_at(ctx, 0, struct ethhdr);
	if (!eth)
		return 0;
	eth->h_proto = bpf_htons(family == 4 ? ETH_P_IP : ETH_P_IPV6);
	return 1;
}

static __always_inline bool lacks_link_header(const struct pkt *p, const struct sl_flow *f)
{
	return (f->flags & SL_FLOW_LINK) && !(p->dev & SL_IF_ETHERNET);
}

/* Of a reply that no packet has taken yet nothing is known but its interface: an ICMP error may be the first to go there. */
static __always_inline bool may_lack_link_header(const struct pkt *p, const struct sl_flow *f)
{
	const struct sl_interface *out;

	if (p->dev & SL_IF_ETHERNET)
		return false;
	out = interface_find(p->version, f->ifindex);
	return out && (out->flags & SL_IF_ETHERNET);
}

/* The kernel's neighbour code asks for the MAC and makes the frame. */
static __always_inline verdict transmit_by_neighbour(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	if ((f->flags & SL_FLOW_SYNPROXY) && !adjust_seq(ctx, p, f))
		return drop(p, SL_DROP_INTERNAL);
	if (may_lack_link_header(p, f) && !make_link_header(ctx, family_out(f, p->family)))
		return drop(p, SL_DROP_INTERNAL);
	ctx->mark = SLUICE_MARK;
	p->left_by = f->ifindex;
	p->action = bpf_redirect_neigh(f->ifindex, NULL, 0, 0);
	return SL_V_FORWARDED;
}

/* Past the VLAN's device, which would do the same. */
static __always_inline verdict transmit_tagged(pkt_ctx *ctx, struct pkt *p, const struct sl_flow *f)
{
	return give_to_trunk(ctx, p, f->ifindex) ? SL_V_FORWARDED : drop(p, SL_DROP_INTERNAL);
}

static __always_inline verdict transmit(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	if (!(f->flags & SL_FLOW_RESOLVED))
		return transmit_by_neighbour(ctx, p, f);
	if (lacks_link_header(p, f) && !make_link_header(ctx, family_out(f, p->family)))
		return drop(p, SL_DROP_INTERNAL);
	if ((f->flags & SL_FLOW_LINK) && !write_macs(ctx, f))
		return drop(p, SL_DROP_INTERNAL);
	if (f->flags & SL_FLOW_TAGGED)
		return transmit_tagged(ctx, p, f);
	ctx->mark = SLUICE_MARK;
	p->left_by = f->ifindex;
	p->action = bpf_redirect(f->ifindex, 0);
	return SL_V_FORWARDED;
}
