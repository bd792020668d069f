/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The network header gives way to one of the other family (RFC 7915 sections 4.1 and 5.1). Ports and checksums have been
 * changed before, as in any flow: the pseudo headers of both families differ by addresses alone.
 */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"
#include "bpf/family/suits.h"
#include "bpf/output/vlan_tags.h"
#include "bpf/proto/icmp.h"
#include "bpf/proto/ipv4.h"
#include "bpf/proto/ipv6.h"
#include "bpf/proto/transport.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

#define SMALL_ENOUGH \
	1260 /* bytes in IPv4: no link of IPv6 makes it smaller, so that routers may (RFC 7915 section 5.1) */

/* What both headers say, and more or less the same way. */
struct carried {
	__u32 bytes; /* behind the header */
	__u8 traffic_class;
	__u8 protocol;
};

static __always_inline bool read_carried(pkt_ctx *ctx, const struct pkt *p, struct carried *c)
{
	__u8 *head = __hdr_at(ctx, p->l3_off, 2);

	if (!head)
		return false;
	c->traffic_class = p->family == 4 ? head[1] : head[0] << 4 | head[1] >> 4;
	c->bytes = p->bytes - (carried_off(p) - p->l3_off);
	c->protocol = sl_protocol_in_other_family(p->protocol);
	return true;
}

static __always_inline __u32 header_bytes_out(const struct pkt *p)
{
	if (p->family == 6)
		return sizeof(struct iphdr);
	return sizeof(struct ipv6hdr) + (p->is & PKT_PIECE ? FRAGMENT_HEADER : 0);
}

/* The kernel tells super-packets what they are. */
static __always_inline bool make_room_in_skb(void *ctx, const struct pkt *p)
{
	const __u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET;
	__s32 had = carried_off(p) - p->l3_off, growth = p->family == 4 ? FAMILY_GROWTH : -FAMILY_GROWTH;
	__s32 more = (__s32)header_bytes_out(p) - had - growth; /* fragments, options, extensions */

	if (bpf_skb_change_proto(ctx, p->family == 4 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP), 0))
		return false;
	return !more || !bpf_skb_adjust_room(ctx, more, BPF_ADJ_ROOM_MAC, flags);
}

static __always_inline bool make_room_in_frame(void *ctx, struct pkt *p)
{
	__s32 front = (__s32)p->l4_off - (__s32)header_bytes_out(p) - (__s32)sizeof(struct ethhdr);

	p->l3_off = sizeof(struct ethhdr);
	return bpf_xdp_adjust_head(ctx, front) == 0;
}

/* For the header that it gets, in front of what is carried over; the link header stays in front of that. */
static __always_inline bool make_room(pkt_ctx *ctx, struct pkt *p)
{
	if (CTX_IS_TC)
		return make_room_in_skb(ctx, p);
	return make_room_in_frame(ctx, p);
}

static __always_inline bool write_piece6(pkt_ctx *ctx, const struct pkt *p, const struct carried *c)
{
	struct ipv6_extension *ext = hdr_at(ctx, p->l3_off + sizeof(struct ipv6hdr), struct ipv6_extension);

	if (!ext)
		return false;
	ext->next = c->protocol;
	ext->length = 0;
	ext->fragment = bpf_htons(p->piece_at << 3 | (p->is & PKT_MORE ? IPV6_FRAGMENT_MORE : 0));
	ext->id = bpf_htonl(bpf_ntohs((__be16)p->fragment_id));
	return true;
}

static __always_inline bool write_as_ipv6(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f,
					  const struct carried *c)
{
	bool piece = p->is & PKT_PIECE;
	struct ipv6hdr *ip;

	if (piece && !write_piece6(ctx, p, c))
		return false;
	ip = hdr_at(ctx, p->l3_off, struct ipv6hdr);
	if (!ip)
		return false;
	*(__be32 *)ip = bpf_htonl(0x60000000 | (__u32)c->traffic_class << 20);
	ip->payload_len = bpf_htons(c->bytes + (piece ? FRAGMENT_HEADER : 0));
	ip->nexthdr = piece ? IPPROTO_FRAGMENT : c->protocol;
	ip->hop_limit = p->ttl - 1;
	memcpy(&ip->saddr, f->source6, 16);
	memcpy(&ip->daddr, f->destination6, 16);
	return true;
}

/* Of what is whole and small a router may make pieces: it has a number for them. */
static __always_inline void write_pieces4(struct iphdr *ip, const struct pkt *p, __u32 total)
{
	ip->id = 0;
	if (p->is & PKT_PIECE) {
		ip->id = bpf_htons(bpf_ntohl(p->fragment_id));
		ip->frag_off = bpf_htons(p->piece_at | (p->is & PKT_MORE ? IPV4_MF : 0));
	} else if (total > SMALL_ENOUGH) {
		ip->frag_off = bpf_htons(IPV4_DF);
	} else {
		ip->id = bpf_get_prandom_u32();
		ip->frag_off = 0;
	}
}

static __always_inline bool write_as_ipv4(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f,
					  const struct carried *c)
{
	struct iphdr *ip = hdr_at(ctx, p->l3_off, struct iphdr);
	__u32 total = c->bytes + sizeof(*ip);

	if (!ip)
		return false;
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = c->traffic_class;
	ip->tot_len = bpf_htons(total);
	write_pieces4(ip, p, total);
	ip->ttl = p->ttl - 1;
	ip->protocol = c->protocol;
	ip->check = 0;
	ip->saddr = f->source4;
	ip->daddr = f->destination4;
	ip->check = ~csum_fold(sum_of_header4(ip));
	return true;
}

/* Of the flow's addresses in IPv6, whichever direction of the exchange: what an ICMPv6 message sums up with its own bytes. */
static __always_inline __u16 pseudo_sum_of_query(const __be32 *source, const __be32 *destination, __u32 bytes)
{
	__u32 sum = bpf_htons(bytes) + bpf_htons(IPPROTO_ICMPV6);
	int i;

	for (i = 0; i < 4; i++)
		sum += csum_words(source[i]) + csum_words(destination[i]);
	return csum_fold(sum);
}

/* A query of `family`, or the answer to one, in the other (RFC 7915 sections 4.2 and 5.2). */
static __always_inline __u8 query_in_other_family(__u8 family, bool query)
{
	if (family == 4)
		return query ? ICMP6_ECHO : ICMP6_ECHO_REPLY;
	return query ? ICMP_ECHO : ICMP_ECHOREPLY;
}

/* Its id has been changed before. */
static __always_inline bool exchange_query(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f)
{
	struct icmp_echo_header *icmp = hdr_at(ctx, p->l4_off, struct icmp_echo_header);
	__u16 was, pseudo;

	if (!icmp)
		return false;
	was = *(__be16 *)icmp;
	icmp->type = query_in_other_family(p->family, p->is & PKT_ICMP_QUERY);
	if (p->family == 4)
		pseudo = pseudo_sum_of_query(f->source6, f->destination6, l4_bytes(p));
	else
		pseudo = ~pseudo_sum_of_query(p->key.v6.source, p->key.v6.destination, l4_bytes(p));
	icmp->check = csum_apply(icmp->check, (__u32)csum_delta(was, *(__be16 *)icmp) + pseudo);
	return true;
}

int sum_of_bytes(pkt_ctx *ctx, __u32 off, __u32 left, __u32 start); /* proto/sum.h, at tc */

/* IPv6 demands one, and IPv4 does without: over the whole datagram, because nothing tells what it was (RFC 7915 section 4.5). */
static __always_inline bool give_udp_checksum(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f)
{
	__u32 bytes = l4_bytes(p), i, start = bpf_htons(bytes) + bpf_htons(IPPROTO_UDP);
	struct udphdr *udp = hdr_at(ctx, p->l4_off, struct udphdr);
	int sum;

	if (!CTX_IS_TC) /* it was handed on */
		return false;
	if (!udp || bpf_ntohs(udp->len) != bytes)
		return false;
	for (i = 0; i < 4; i++)
		start += csum_words(f->source6[i]) + csum_words(f->destination6[i]);
	sum = sum_of_bytes(ctx, p->l4_off, bytes, start);
	udp = hdr_at(ctx, p->l4_off, struct udphdr);
	if (sum < 0 || !udp)
		return false;
	udp->check = sum == 0xffff ? 0xffff : ~(__u16)sum;
	return true;
}
static __always_inline bool exchange_transport(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f)
{
	if (p->is & (PKT_ICMP_QUERY | PKT_ICMP_REPLY))
		return exchange_query(ctx, p, f);
	return !lacks_udp_checksum(ctx, p) || give_udp_checksum(ctx, p, f);
}

/* Where there is room for it; the link header says so. */
static __always_inline bool write_in_other_family(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f,
						  const struct carried *c)
{
	if (!(p->family == 4 ? write_as_ipv6(ctx, p, f, c) : write_as_ipv4(ctx, p, f, c)))
		return false;
	return !p->l3_off || write_type(ctx, other_family(p->family), p->l3_off - 2);
}

/* From here on the offsets in `p` are those of the new header; family and key stay as it came. */
static __always_inline verdict exchange_header(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	struct carried c;

	if (!read_carried(ctx, p, &c) || !exchange_transport(ctx, p, f) || !make_room(ctx, p) ||
	    !write_in_other_family(ctx, p, f, &c))
		return SL_V_DROPPED;
	p->l4_off = p->l3_off + header_bytes_out(p);
	return SL_V_NEXT;
}
