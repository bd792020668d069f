/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network and transport headers into the packet record. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/types.h"
#include "bpf/proto/icmp.h"
#include "bpf/proto/ipv4.h"
#include "bpf/proto/ipv6.h"
#include "bpf/proto/transport.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"

#define PROTO_IGMP 2

static __always_inline verdict parse_network(pkt_ctx *ctx, struct pkt *p, struct eth_type type)
{
	if (type.be == bpf_htons(ETH_P_IP))
		return parse_ipv4(ctx, p);
	if (type.be == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(ctx, p);
	return SL_V_IGNORED; /* ARP and the rest are the kernel's business: it forwards nothing */
}

static __always_inline verdict parse_transport(pkt_ctx *ctx, struct pkt *p)
{
	if (p->is & PKT_LATER_FRAGMENT)
		return SL_V_NEXT;
	switch (p->protocol) {
	case IPPROTO_TCP:
		return parse_tcp(ctx, p);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return parse_udp(ctx, p);
	case IPPROTO_ICMP:
		return p->family == 4 ? parse_icmp(ctx, p) : SL_V_NEXT;
	case IPPROTO_ICMPV6:
		return p->family == 6 ? parse_icmp(ctx, p) : SL_V_NEXT;
	case IPPROTO_SCTP:
		return parse_sctp(ctx, p);
	case PROTO_IGMP:
		if (p->family == 4) /* IPv6 has MLD instead: its protocol 2 is that of nobody, and judged as such */
			p->is |= PKT_ESSENTIAL;
		return SL_V_NEXT;
	default:
		return SL_V_NEXT;
	}
}

static __always_inline void finish_key(struct pkt *p)
{
	if (p->family == 4) {
		p->key.v4.vrf = p->vrf;
		p->key.v4.protocol = p->protocol;
	} else {
		p->key.v6.vrf = p->vrf;
		p->key.v6.protocol = p->protocol;
	}
}

/* All pieces but the last end at a whole unit, and none lies beyond what a datagram can hold (RFC 791, 8200). */
static __always_inline verdict check_piece(struct pkt *p)
{
	__u32 length = p->bytes - (p->piece_off - p->l3_off);

	if (!length || ((p->is & PKT_MORE) && length % 8) || p->piece_at * 8 + length > 0xffff)
		return drop(p, SL_DROP_BAD_HEADER);
	return SL_V_NEXT;
}

static __always_inline verdict parse(pkt_ctx *ctx, struct pkt *p, struct eth_type type)
{
	STAGE(parse_network(ctx, p, type));
	if (p->is & PKT_PIECE)
		STAGE(check_piece(p));
	p->segment = 0;
	STAGE(parse_transport(ctx, p));
	if (!p->segment)
		p->segment = p->bytes > 0xffff ? 0xffff : p->bytes;
	finish_key(p);
	return SL_V_NEXT;
}
