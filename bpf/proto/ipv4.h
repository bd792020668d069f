/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv4 (RFC 791), options tolerated and skipped. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"

#define IPV4_DF 0x4000
#define IPV4_MF 0x2000
#define IPV4_OFFSET 0x1fff

static __always_inline void note_fragment4(struct pkt *p, const struct iphdr *ip)
{
	__u16 frag = bpf_ntohs(ip->frag_off);

	if (!(frag & IPV4_DF))
		p->is |= PKT_MAY_FRAGMENT;
	if (frag & IPV4_OFFSET)
		p->is |= PKT_LATER_FRAGMENT;
	else if (frag & IPV4_MF)
		p->is |= PKT_FIRST_FRAGMENT;
	if (frag & IPV4_MF)
		p->is |= PKT_MORE;
	p->fragment_id = ip->id;
	p->piece_off = p->l4_off;
	p->piece_at = frag & IPV4_OFFSET;
}

#define IPV4_HEADER_MAX 60

/* Without options. */
static __always_inline __u32 sum_of_header4(const struct iphdr *ip)
{
	const __be32 *words = (const __be32 *)ip;

	return csum_words(words[0]) + csum_words(words[1]) + csum_words(words[2]) + csum_words(words[3]) +
	       csum_words(words[4]);
}

/*
 * RFC 1812 section 5.2.2. An established packet is not asked: its checksum changes by what the packet changes by (RFC
 * 1624) and stays as wrong as it was, for the next hop to see. Asked is what would become right on the way, or leave
 * something behind: what begins a flow, is answered, cut or a piece of a datagram, and headers that are taken away (path/decap.h).
 */
static __always_inline bool has_right_header4(pkt_ctx *ctx, const struct pkt *p)
{
	struct iphdr *ip = hdr_at(ctx, p->l3_off, struct iphdr);
	__u32 off, sum;

	if (!ip)
		return false;
	sum = sum_of_header4(ip);
	for (off = sizeof(*ip); off < IPV4_HEADER_MAX && p->l3_off + off < p->l4_off; off += sizeof(__be32)) {
		__be32 *options = hdr_at(ctx, p->l3_off + off, __be32);

		if (!options)
			return false;
		sum += csum_words(*options);
	}
	return csum_fold(sum) == 0xffff;
}

/* The header of IPv6 has no checksum. */
static __always_inline bool has_right_header(pkt_ctx *ctx, const struct pkt *p)
{
	return p->family != 4 || has_right_header4(ctx, p);
}

static __always_inline verdict parse_ipv4(pkt_ctx *ctx, struct pkt *p)
{
	struct iphdr *ip = hdr_at(ctx, p->l3_off, struct iphdr);
	__u32 room, total, header;

	if (!ip)
		return drop(p, SL_DROP_TOO_SHORT);
	room = ctx_bytes(ctx) - p->l3_off;
	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	if (!total && ctx_segment(ctx))
		total = room; /* a super-packet beyond 64 KiB has no length (BIG TCP) */
	if (ip->version != 4 || header < sizeof(*ip) || total < header)
		return drop(p, SL_DROP_BAD_HEADER);
	if (total > room)
		return drop(p, SL_DROP_TOO_SHORT);
	p->family = 4;
	p->bytes = total;
	p->l4_off = p->l3_off + header;
	p->protocol = ip->protocol;
	p->ttl = ip->ttl;
	p->key.v4.source = ip->saddr;
	p->key.v4.destination = ip->daddr;
	note_fragment4(p, ip);
	return SL_V_NEXT;
}
