/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the packet inside of a tunnel sums up to, whatever its length, without reading it: its own checksums say so (what
 * Linux calls local checksum offload). It holds where these are right; where they are not, the sum is wrong by as much.
 */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"
#include "bpf/proto/transport.h"

static __always_inline bool is_whole_udp(pkt_ctx *ctx, const struct pkt *p)
{
	struct udphdr *udp = hdr_at(ctx, p->l4_off, struct udphdr);

	return udp && udp->check && bpf_ntohs(udp->len) == l4_bytes(p);
}

/* A checksum inside that covers the whole packet tells what its bytes sum up to, without reading them. */
static __always_inline bool tells_its_sum(pkt_ctx *ctx, const struct pkt *p)
{
	if ((p->is & PKT_PIECE) || (p->family == 6 && p->l4_off - p->l3_off != sizeof(struct ipv6hdr)))
		return false;
	switch (p->protocol) {
	case IPPROTO_TCP:
		return true;
	case IPPROTO_UDP:
		return is_whole_udp(ctx, p);
	case IPPROTO_ICMP:
		return p->family == 4;
	case IPPROTO_ICMPV6:
		return p->family == 6;
	default:
		return false;
	}
}

/* The header sums up to nothing, and so does a transport with its pseudo header. */
static __always_inline __u32 sum_inside4(pkt_ctx *ctx, const struct pkt *p)
{
	struct iphdr *ip = hdr_at(ctx, p->l3_off, struct iphdr);

	if (!ip || p->protocol == IPPROTO_ICMP)
		return 0;
	return (__u16)~csum_fold(csum_words(ip->saddr) + csum_words(ip->daddr) + bpf_htons(p->protocol) +
				 bpf_htons(l4_bytes(p)));
}

/* Addresses are in the header and in the pseudo header: they cancel out. */
static __always_inline __u32 sum_inside6(pkt_ctx *ctx, const struct pkt *p)
{
	__be32 *words = __hdr_at(ctx, p->l3_off, 2 * sizeof(__be32));

	if (!words)
		return 0;
	return csum_words(words[0]) + csum_words(words[1]) +
	       (__u16)~csum_fold(bpf_htons(l4_bytes(p)) + bpf_htons(p->protocol));
}
