/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv4 (RFC 791), options tolerated and skipped. */
#pragma once

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
