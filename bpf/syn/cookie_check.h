/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The acknowledgement that brings a cookie back: checked, and turned into the SYN that the target has not seen. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/output/mss.h"
#include "bpf/output/tcp_segment.h"

#include "maps/flow.h"

#define COOKIE_SIZES 4

/* False where the kernel was built without CONFIG_SYN_COOKIES: then nothing here is reached. Set by the loader. */
const volatile bool has_syn_cookies = true;

/* The headers as the helpers want them: one after the other in memory, options behind. */
static __always_inline bool copy_headers(pkt_ctx *ctx, const struct pkt *p, struct cookie_headers *h)
{
	__u32 bytes;

	if (p->family == 4 ? bpf_skb_load_bytes(ctx, p->l3_off, &h->ip4, sizeof(h->ip4)) :
			     bpf_skb_load_bytes(ctx, p->l3_off, &h->ip6, sizeof(h->ip6)))
		return false;
	if (bpf_skb_load_bytes(ctx, p->l4_off, &h->tcp, sizeof(h->tcp)))
		return false;
	bytes = h->tcp.doff * 4;
	if (bytes <= sizeof(h->tcp) || bytes > sizeof(h->tcp) + sizeof(h->options))
		return bytes == sizeof(h->tcp);
	bytes -= sizeof(h->tcp);
	return !bpf_skb_load_bytes(ctx, p->l4_off + sizeof(h->tcp), h->options, sized(bytes, sizeof(h->options)));
}

static __always_inline bool is_cookie(const struct pkt *p, struct cookie_headers *h)
{
	return (p->family == 4 ? bpf_tcp_raw_check_syncookie_ipv4(&h->ip4, &h->tcp) :
				 bpf_tcp_raw_check_syncookie_ipv6(&h->ip6, &h->tcp)) == 0;
}

/* The kernel's own sizes (net/ipv4/syncookies.c, net/ipv6/syncookies.c): a cookie says by number which it is. */
static __always_inline __u16 size_by_number(__u8 family, __u32 number)
{
	switch (number) {
	case 0:
		return family == 4 ? 536 : 1280 - 60;
	case 1:
		return family == 4 ? 1300 : 1480 - 60;
	case 2:
		return family == 4 ? 1440 : 1500 - 60;
	default:
		return family == 4 ? 1460 : 9000 - 60;
	}
}

/*
 * The helper does not tell the size. But the number is added to what is hashed, and what is beyond the last number is
 * no cookie: as many can be added as there are larger sizes.
 */
static __always_inline __u16 size_of_cookie(const struct pkt *p, struct cookie_headers *h)
{
	__u32 larger;

	for (larger = 0; larger < COOKIE_SIZES - 1; larger++) {
		h->tcp.ack_seq = bpf_htonl(p->tcp_ack + larger + 1);
		if (!is_cookie(p, h))
			break;
	}
	return size_by_number(p->family, COOKIE_SIZES - 1 - larger);
}

static __always_inline bool set_length(pkt_ctx *ctx, const struct pkt *p, __u32 bytes)
{
	__be16 *length = __hdr_at(
		ctx,
		p->l3_off + (p->family == 4 ? offsetof(struct iphdr, tot_len) : offsetof(struct ipv6hdr, payload_len)),
		sizeof(*length));
	struct iphdr *ip;
	__be16 was;

	if (!length)
		return false;
	was = *length;
	*length = bpf_htons(p->family == 4 ? bytes : bytes - sizeof(struct ipv6hdr));
	if (p->family == 6)
		return true;
	ip = hdr_at(ctx, p->l3_off, struct iphdr);
	if (!ip)
		return false;
	ip->check = csum_apply(ip->check, csum_delta(was, bpf_htons(bytes)));
	return true;
}

/* In the packet's place, with the packet's addresses; translation and the rest of its way are still to come. */
__noinline int turn_into_syn(pkt_ctx *ctx, struct pkt *p, __u32 seq, __u32 window, __u32 mss)
{
	struct segment t = {};
	__u32 bytes;

	if (!p)
		return 0;
	bytes = p->l4_off - p->l3_off + sizeof(t);
	turn_ports(p, &t);
	swap(t.source, t.dest);
	t.seq = bpf_htonl(seq);
	t.flags = SEGMENT_FLAGS(sizeof(t), TCP_SYN);
	t.window = bpf_htons(window);
	t.mss.kind = TCPOPT_MSS;
	t.mss.length = sizeof(t.mss);
	t.mss.value = bpf_htons(mss);
	sum_segment(p, &t, sizeof(t), is_partial(ctx, p->l4_off + p->check_off));
	if (bpf_skb_change_tail(ctx, p->l3_off + bytes, 0) || !set_length(ctx, p, bytes) ||
	    bpf_skb_store_bytes(ctx, p->l4_off, &t, sizeof(t), 0))
		return 0;
	p->tcp_flags = TCP_SYN;
	p->tcp_seq = seq;
	p->tcp_end = seq;
	p->bytes = bytes;
	p->segment = bytes;
	return 1;
}

/* For scratch's judgement: 1 when the packet has become a SYN, and its flow may be made. */
__noinline int open_by_cookie(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();

	if (!has_syn_cookies || !p || !s || (p->is & PKT_PIECE) || !copy_headers(ctx, p, &s->cookie) ||
	    !is_cookie(p, &s->cookie))
		return 0;
	s->judgement.flags |= SL_FLOW_SYNPROXY;
	s->judgement.window = bpf_ntohs(s->cookie.tcp.window);
	s->judgement.mss = size_of_cookie(p, &s->cookie);
	return turn_into_syn(ctx, p, p->tcp_seq - 1, s->judgement.window, s->judgement.mss);
}
