/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A refused TCP connection is told so by a reset (RFC 9293 section 3.10.7.1), made of the packet itself. */
#pragma once

struct reset_segment {
	__be16 source, dest;
	__be32 seq, ack;
	__be16 flags; /* data offset and flags */
	__be16 window, check, urgent;
};

static __always_inline void fill_reset(const struct pkt *p, struct reset_segment *r)
{
	__be16 source = p->family == 4 ? p->key.v4.source_port : p->key.v6.source_port;
	__be16 dest = p->family == 4 ? p->key.v4.destination_port : p->key.v6.destination_port;

	r->source = dest;
	r->dest = source;
	if (p->tcp_flags & TCP_ACK) {
		r->seq = bpf_htonl(p->tcp_ack);
		r->flags = bpf_htons(5 << 12 | TCP_RST);
	} else {
		r->ack = bpf_htonl(p->tcp_seq + !!(p->tcp_flags & TCP_SYN) + !!(p->tcp_flags & TCP_FIN));
		r->flags = bpf_htons(5 << 12 | TCP_RST | TCP_ACK);
	}
}

static __always_inline bool write_reset4(pkt_ctx *ctx, const struct pkt *p)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(sizeof(ip) + sizeof(struct reset_segment)),
		.frag_off = bpf_htons(IPV4_DF),
		.ttl = ICMP_ERROR_TTL,
		.protocol = IPPROTO_TCP,
		.saddr = p->key.v4.destination,
		.daddr = p->key.v4.source,
	};

	ip.check = ~csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)&ip, sizeof(ip), 0));
	return !bpf_skb_store_bytes(ctx, p->l3_off, &ip, sizeof(ip), 0);
}

static __always_inline bool write_reset6(pkt_ctx *ctx, const struct pkt *p)
{
	struct ipv6hdr ip = {
		.version = 6,
		.payload_len = bpf_htons(sizeof(struct reset_segment)),
		.nexthdr = IPPROTO_TCP,
		.hop_limit = ICMP_ERROR_TTL,
	};

	memcpy(&ip.saddr, p->key.v6.destination, 16);
	memcpy(&ip.daddr, p->key.v6.source, 16);
	return !bpf_skb_store_bytes(ctx, p->l3_off, &ip, sizeof(ip), 0);
}

static __always_inline __u32 pseudo_sum_of_reset(const struct pkt *p)
{
	__u32 sum = bpf_htons(IPPROTO_TCP) + bpf_htons(sizeof(struct reset_segment));
	int i;

	if (p->family == 4)
		return sum + csum_words(p->key.v4.source) + csum_words(p->key.v4.destination);
	for (i = 0; i < 4; i++)
		sum += csum_words(p->key.v6.source[i]) + csum_words(p->key.v6.destination[i]);
	return sum;
}

/* As answer_icmp: 1 when p->action sends the reset. */
__noinline int answer_reset(pkt_ctx *ctx, struct pkt *p)
{
	struct reset_segment r = {};
	__u32 header;

	if (!p || (p->tcp_flags & TCP_RST) || (p->is & PKT_LINK_MANY) || !may_answer(p))
		return 0;
	header = p->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	fill_reset(p, &r);
	r.check = ~csum_fold(csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)&r, sizeof(r), 0)) + pseudo_sum_of_reset(p));
	if (bpf_skb_change_tail(ctx, p->l3_off + header + sizeof(r), 0))
		return 0;
	if (!(p->family == 4 ? write_reset4(ctx, p) : write_reset6(ctx, p)))
		return 0;
	if (bpf_skb_store_bytes(ctx, p->l3_off + header, &r, sizeof(r), 0))
		return 0;
	if (p->l3_off && !swap_macs(ctx))
		return 0;
	ctx->mark = SLUICE_MARK;
	p->action = bpf_redirect(p->ifindex, 0);
	return 1;
}
