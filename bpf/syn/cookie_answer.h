/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SYN cookies (RFC 4987 section 3.6): a SYN beyond its target's limit is answered from here, with a first number that
 * only this kernel can have made of it, and nothing is remembered. Whoever sends that number back is there. Then the
 * flow is made, and the target gets its SYN. The cookie has room for one of four segment sizes and for nothing else,
 * so no other option is offered: no window scale, no SACK, no timestamps.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/output/mss.h"
#include "bpf/output/send_segment.h"
#include "bpf/output/tcp_segment.h"
#include "bpf/state/table.h"
#include "bpf/syn/cookie_check.h"
#include "bpf/syn/synproxy.h"

#include "maps/flow.h"
#include "maps/slots.h"

#define COOKIE_WINDOW 0xffff /* what comes before the target has answered is sent again */

static __always_inline __s64 make_cookie(const struct pkt *p, struct cookie_headers *h)
{
	__u64 bytes = sized(h->tcp.doff * 4, 64);

	return p->family == 4 ? bpf_tcp_raw_gen_syncookie_ipv4(&h->ip4, &h->tcp, bytes) :
				bpf_tcp_raw_gen_syncookie_ipv6(&h->ip6, &h->tcp, bytes);
}

/* What fits both links. */
static __always_inline __u16 segment_size(const struct pkt *p, __u32 mtu)
{
	__u32 headers = (p->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) + sizeof(struct tcphdr);

	if (!mtu || (p->mtu_in && p->mtu_in < mtu))
		mtu = p->mtu_in;
	return mtu > headers + 64 ? mtu - headers : 64;
}

/* A SYN over the limit: 1 when p->action sends the answer. */
__noinline int answer_by_cookie(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct segment t = {};
	__s64 cookie;

	if (!has_syn_cookies || !p || !s || (p->is & PKT_LINK_MANY) || !copy_headers(ctx, p, &s->cookie))
		return 0;
	cookie = make_cookie(p, &s->cookie);
	if (cookie < 0)
		return 0;
	turn_ports(p, &t);
	t.seq = bpf_htonl((__u32)cookie);
	t.ack = bpf_htonl(p->tcp_seq + 1);
	t.flags = SEGMENT_FLAGS(sizeof(t), TCP_SYN | TCP_ACK);
	t.window = bpf_htons(COOKIE_WINDOW);
	t.mss.kind = TCPOPT_MSS;
	t.mss.length = sizeof(t.mss);
	t.mss.value = bpf_htons(segment_size(p, s->judgement.mtu));
	return send_back(ctx, p, &t, sizeof(t));
}

/* The target's SYN-ACK is acknowledged in the client's name, with the window that the client had. */
__noinline int answer_by_ack(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct segment t = {};
	struct sl_slot *slot;
	struct sl_flow *f;

	if (!p || !s)
		return 0;
	tuple_of(p, &s->revalidated);
	f = flow_find(&s->revalidated);
	slot = f ? slot_of_flow(p, f) : NULL;
	if (!slot)
		return 0;
	turn_ports(p, &t);
	t.seq = bpf_htonl(p->tcp_ack);
	t.ack = bpf_htonl(p->tcp_seq + 1);
	t.flags = SEGMENT_FLAGS(BARE_SEGMENT, TCP_ACK);
	t.window = bpf_htons(slot->window);
	return send_back(ctx, p, &t, BARE_SEGMENT);
}
