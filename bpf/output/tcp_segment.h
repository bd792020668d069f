/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP segments of the gateway itself: what they are, and their checksum. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/checksum.h"
#include "bpf/base/types.h"
#include "bpf/output/mss.h"

struct segment {
	__be16 source, dest;
	__be32 seq, ack;
	__be16 flags; /* data offset and flags */
	__be16 window, check, urgent;
	struct tcp_option_mss mss; /* of a SYN only */
};

#define BARE_SEGMENT offsetof(struct segment, mss)
#define SEGMENT_FLAGS(bytes, flags) bpf_htons(((bytes) / 4) << 12 | (flags))

static __always_inline void turn_ports(const struct pkt *p, struct segment *t)
{
	t->source = p->family == 4 ? p->key.v4.destination_port : p->key.v6.destination_port;
	t->dest = p->family == 4 ? p->key.v4.source_port : p->key.v6.source_port;
}

/* The same whichever way the segment goes. */
static __always_inline __u16 pseudo_sum(const struct pkt *p, __u32 bytes)
{
	__u32 sum = bpf_htons(IPPROTO_TCP) + bpf_htons(bytes);
	int i;

	if (p->family == 4)
		return csum_fold(sum + csum_words(p->key.v4.source) + csum_words(p->key.v4.destination));
	for (i = 0; i < 4; i++)
		sum += csum_words(p->key.v6.source[i]) + csum_words(p->key.v6.destination[i]);
	return csum_fold(sum);
}

/*
 * Whether a device is still to finish the packet's checksum (a neighbour by veth, a virtual machine): then the field
 * has the sum of the pseudo header and no more, and the helper leaves it alone when something else changes.
 */
static __always_inline bool is_partial(pkt_ctx *ctx, __u32 check_off)
{
	__u16 was = 0, is = 0;

	if (bpf_skb_load_bytes(ctx, check_off, &was, sizeof(was)) || bpf_l4_csum_replace(ctx, check_off, 0, 1, 0) ||
	    bpf_skb_load_bytes(ctx, check_off, &is, sizeof(is)))
		return false;
	return was == is;
}

/* `bytes` of the segment: BARE_SEGMENT or all of it. */
static __always_inline void sum_segment(const struct pkt *p, struct segment *t, __u32 bytes, bool partial)
{
	__u16 pseudo = pseudo_sum(p, bytes);

	t->check = 0;
	t->check = partial ? pseudo : ~csum_fold(csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)t, bytes, 0)) + pseudo);
}
