/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a packet of a flow between families can be carried in the other one (RFC 7915), and how large it may be. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/proto/ipv4.h"
#include "bpf/proto/ipv6.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

#define FAMILY_GROWTH 20  /* bytes that a header of IPv6 has more */
#define FRAGMENT_HEADER 8 /* bytes of the extension that says what IPv4 says in its header */

/* Where what is carried over begins, from the start of the frame: a header of fragments is not. */
static __always_inline __u32 carried_off(const struct pkt *p)
{
	return p->is & PKT_PIECE ? p->piece_off : p->l4_off;
}

static __always_inline bool lacks_udp_checksum(pkt_ctx *ctx, const struct pkt *p)
{
	struct udphdr *udp;

	if (p->protocol != IPPROTO_UDP || p->family != 4 || (p->is & PKT_LATER_FRAGMENT))
		return false;
	udp = hdr_at(ctx, p->l4_off, struct udphdr);
	return !udp || !udp->check;
}

/* What XDP does itself: no options or extensions, nothing in pieces, no sum over the whole packet. */
static __always_inline bool is_plain(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f)
{
	const __u32 header = p->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	if ((p->tunnel & TUNNEL_INSIDE) || (f->flags & SL_FLOW_TUNNEL) || (p->is & PKT_PIECE) ||
	    p->l4_off - p->l3_off != header)
		return false;
	return p->protocol == IPPROTO_TCP || (p->protocol == IPPROTO_UDP && !lacks_udp_checksum(ctx, p));
}

static __always_inline bool can_be_carried(pkt_ctx *ctx, const struct pkt *p)
{
	switch (p->protocol) {
	case IPPROTO_TCP:
		break;
	case IPPROTO_UDP: /* the checksum that IPv6 demands is of the whole datagram (RFC 7915 section 4.5) */
		if ((p->is & PKT_PIECE) && lacks_udp_checksum(ctx, p))
			return false;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6: /* so is the length that its pseudo header has */
		if (!(p->is & (PKT_ICMP_QUERY | PKT_ICMP_REPLY)) || (p->is & PKT_PIECE))
			return false;
		break;
	default:
		return false;
	}
	return !(p->is & PKT_FIRST_FRAGMENT) || p->l4_off == p->piece_off;
}

/* A header of IPv4 takes its checksum with it, so it is asked first. A call, because few packets need it. */
__noinline int judge_exchange(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	if (!p || !f)
		return SL_V_DROPPED;
	if (!CTX_IS_TC && !is_plain(ctx, p, f))
		return SL_V_HANDED_ON;
	if (!has_right_header(ctx, p))
		return drop(p, SL_DROP_BAD_HEADER);
	return can_be_carried(ctx, p) ? SL_V_NEXT : drop(p, SL_DROP_OTHER_FAMILY);
}

static __always_inline verdict suits_other_family(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	return f->flags & SL_FLOW_OTHER_FAMILY ? judge_exchange(ctx, p, f) : SL_V_NEXT;
}

/* The largest packet, as it comes in, that fits the way out. */
static __always_inline __u32 mtu_as_received(const struct pkt *p, const struct sl_flow *f)
{
	__u32 mtu = f->mtu, pieces;

	if (!(f->flags & SL_FLOW_OTHER_FAMILY))
		return mtu;
	pieces = p->is & PKT_PIECE ? FRAGMENT_HEADER : 0;
	if (p->family == 6)
		return mtu + FAMILY_GROWTH + pieces;
	mtu -= FAMILY_GROWTH;
	if ((p->is & PKT_MAY_FRAGMENT) && p->segment > mtu) /* it will be cut */
		pieces = FRAGMENT_HEADER;
	return mtu - pieces;
}
