/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A segment goes back where the packet came from that it answers, made of that packet. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/checksum.h"
#include "bpf/base/types.h"
#include "bpf/output/answer.h"
#include "bpf/output/tcp_segment.h"
#include "bpf/proto/ipv4.h"

#define SEGMENT_TTL 64

static __always_inline bool write_header4(pkt_ctx *ctx, const struct pkt *p, __u32 bytes)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(sizeof(ip) + bytes),
		.frag_off = bpf_htons(IPV4_DF),
		.ttl = SEGMENT_TTL,
		.protocol = IPPROTO_TCP,
		.saddr = p->key.v4.destination,
		.daddr = p->key.v4.source,
	};

	ip.check = ~csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)&ip, sizeof(ip), 0));
	return !bpf_skb_store_bytes(ctx, p->l3_off, &ip, sizeof(ip), 0);
}

static __always_inline bool write_header6(pkt_ctx *ctx, const struct pkt *p, __u32 bytes)
{
	struct ipv6hdr ip = {
		.version = 6,
		.payload_len = bpf_htons(bytes),
		.nexthdr = IPPROTO_TCP,
		.hop_limit = SEGMENT_TTL,
	};

	memcpy(&ip.saddr, p->key.v6.destination, 16);
	memcpy(&ip.daddr, p->key.v6.source, 16);
	return !bpf_skb_store_bytes(ctx, p->l3_off, &ip, sizeof(ip), 0);
}

/* 1 when p->action sends it. */
static __always_inline int send_back(pkt_ctx *ctx, struct pkt *p, struct segment *t, __u32 bytes)
{
	__u32 header = p->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	sum_segment(p, t, bytes, is_partial(ctx, p->l4_off + p->check_off));
	if (bpf_skb_change_tail(ctx, p->l3_off + header + bytes, 0))
		return 0;
	if (!(p->family == 4 ? write_header4(ctx, p, bytes) : write_header6(ctx, p, bytes)))
		return 0;
	if (bpf_skb_store_bytes(ctx, p->l3_off + header, t, bytes, 0))
		return 0;
	return turn_back(ctx, p);
}
