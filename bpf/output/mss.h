/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP's maximum segment size made to fit the smaller of both links (RFC 4459 section 3.2, RFC 6691). */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"

#define TCPOPT_END 0
#define TCPOPT_NOP 1
#define TCPOPT_MSS 2
#define TCPOPT_SCALE 3
#define TCP_OPTIONS_MAX 20 /* options that are looked at; 40 bytes hold no more that matter */

struct tcp_option_mss {
	__u8 kind, length;
	__be16 value;
} __attribute__((packed));

static __always_inline void lower_mss(pkt_ctx *ctx, const struct pkt *p, __u32 off, __u32 most)
{
	struct tcp_option_mss *mss = hdr_at(ctx, off, struct tcp_option_mss);
	__be16 old, new;
	__u16 delta;

	if (!mss || mss->length != 4 || bpf_ntohs(mss->value) <= most)
		return;
	old = mss->value;
	new = bpf_htons(most);
	mss->value = new;
	delta = csum_delta(old, new);
	/* at an odd offset the bytes stand in the other half of the checksum's words (RFC 1071) */
	if ((off - p->l4_off) & 1)
		delta = (__u16)(delta << 8 | delta >> 8);
	ctx_fix_plain_checksum(ctx, p->l4_off + p->check_off, delta);
}

static __always_inline __u32 option_length(const __u8 *option)
{
	return option[0] == TCPOPT_NOP ? 1 : option[1] < 2 ? 40 : option[1];
}

/*
 * Reads the option at `off`, of those that end at `end`, and answers how long it is, or 0: nothing follows. A function
 * of its own, which the verifier reads once and not for each option.
 */
__noinline int read_option(pkt_ctx *ctx, struct pkt *p, __u32 off, __u32 end, __u32 most)
{
	__u8 *option = __hdr_at(ctx, off, 2);
	__u8 *scale = __hdr_at(ctx, off + 2, 1);
	__u32 length;

	if (!p || !option || off + 2 > end || option[0] == TCPOPT_END)
		return 0;
	if (option[0] == TCPOPT_SCALE && scale)
		p->tcp_scale = *scale > SL_TCP_SCALE_MAX ? SL_TCP_SCALE_MAX : *scale;
	length = option_length(option);
	if (option[0] == TCPOPT_MSS && off + length <= end)
		lower_mss(ctx, p, off, most); /* moves the packet: no pointer is used after it */
	return length;
}

/* Reads the options of a SYN: lowers the segment size, and leaves the window scale in p->tcp_scale. */
__noinline int clamp_mss(pkt_ctx *ctx, struct pkt *p, __u32 mtu)
{
	__u32 off, end, headers, length = 1, i;
	struct tcphdr *tcp;

	if (!p || p->protocol != IPPROTO_TCP)
		return 0;
	headers = (p->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) + sizeof(struct tcphdr);
	tcp = hdr_at(ctx, p->l4_off, struct tcphdr);
	if (!tcp || mtu <= headers)
		return 0;
	off = p->l4_off + sizeof(*tcp);
	end = p->l4_off + tcp->doff * 4;
	p->tcp_scale = 0;
	for (i = 0; i < TCP_OPTIONS_MAX && length; i++) {
		length = read_option(ctx, p, off, end, mtu - headers);
		off += length;
	}
	return 0;
}
