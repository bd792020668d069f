/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An ICMP error of the kernel, about a packet that sluice had translated and whose next hop does not answer: it quotes
 * what only the other side of the translation may know (RFC 5508 REQ-5), and its receiver could not tell what it is about.
 * Where the source was translated that is the gateway itself: the error goes by lo, and from there on as if a router behind
 * the next hop had sent it.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/family/error_types.h"
#include "bpf/icmp/quoted.h"
#include "bpf/state/table.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/interface.h"

static __always_inline bool is_about_a_neighbour(const struct pkt *p)
{
	if (p->family == 4)
		return p->icmp_type == ICMP_DEST_UNREACH && p->icmp_code == ICMP_HOST_UNREACH;
	return p->icmp_type == ICMP6_DEST_UNREACH && p->icmp_code == ICMP6_ADDRESS;
}

/*
 * Whether its receiver must not have it. What failed for want of a neighbour has a flow; where this VRF has none, the packet
 * was translated into another one.
 */
__noinline int tells_other_side(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_flow *f;

	if (!s || !p)
		return 1;
	memset(&s->quoted, 0, sizeof(s->quoted));
	if (read_quoted(ctx, p, &s->quoted))
		return 0;
	s->tuple = s->quoted.tuple;
	tuple_turn(&s->tuple);
	f = flow_find(&s->tuple);
	return f ? !!(f->flags & (SL_FLOW_NEW_SOURCE | SL_FLOW_NEW_DESTINATION)) : is_about_a_neighbour(p);
}

/* Most of what is on lo is none, and is seen by that in few instructions. */
static __always_inline bool find_error_on_lo(pkt_ctx *ctx, struct pkt *p)
{
	const bool is_ipv4 = ctx->protocol == bpf_htons(ETH_P_IP);
	__u8 protocol = 0, first = 0, kind[2] = {};

	if (!is_ipv4 && ctx->protocol != bpf_htons(ETH_P_IPV6))
		return false;
	if (bpf_skb_load_bytes(
		    ctx, ETH_HLEN + (is_ipv4 ? offsetof(struct iphdr, protocol) : offsetof(struct ipv6hdr, nexthdr)),
		    &protocol, 1) ||
	    protocol != (is_ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) || bpf_skb_load_bytes(ctx, ETH_HLEN, &first, 1))
		return false;
	p->family = is_ipv4 ? 4 : 6;
	p->l4_off = ETH_HLEN + (is_ipv4 ? (first & 0xf) * 4 : sizeof(struct ipv6hdr));
	if (bpf_skb_load_bytes(ctx, p->l4_off, kind, sizeof(kind)))
		return false;
	p->icmp_type = kind[0];
	p->icmp_code = kind[1];
	return is_about_a_neighbour(p);
}

/* The device that packets of the flow leave by, which answers come in by; 0: no translation hides their sender. */
static __always_inline __u32 left_by(struct scratch *s)
{
	struct sl_flow *f;

	s->tuple = s->quoted.tuple;
	tuple_turn(&s->tuple);
	f = flow_find(&s->tuple);
	if (!f || (f->flags & SL_FLOW_TO_HOST) || !(f->flags & (SL_FLOW_NEW_DESTINATION | SL_FLOW_OTHER_FAMILY)))
		return 0;
	tuple_of_peer(&s->tuple, f, &s->peer);
	f = flow_find(&s->peer);
	return f ? f->ifindex : 0;
}

/* 1: p->action lets it come in again. Flows of other VRFs with an uplink of their own are not found. */
__noinline int error_on_lo(pkt_ctx *ctx, struct pkt *p)
{
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();
	struct sl_interface *dev;
	__u32 ifindex;

	if (!c || !s || !p || !find_error_on_lo(ctx, p))
		return 0;
	memset(&s->quoted, 0, sizeof(s->quoted));
	if (read_quoted(ctx, p, &s->quoted))
		return 0;
	ifindex = left_by(s);
	dev = ifindex ? interface_find(c->version, ifindex) : NULL;
	if (!dev)
		return 0;
	if ((dev->flags & SL_IF_ETHERNET) && bpf_skb_store_bytes(ctx, 0, dev->mac, sizeof(dev->mac), 0))
		return 0;
	ctx->mark = SLUICE_OWN_MARK;
	p->action = bpf_redirect(ifindex, BPF_F_INGRESS);
	return 1;
}
