/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A refused TCP connection is told so by a reset (RFC 9293 section 3.10.7.1), made of the packet itself. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/types.h"
#include "bpf/output/answer.h"
#include "bpf/output/send_segment.h"
#include "bpf/output/tcp_segment.h"

static __always_inline void fill_reset(const struct pkt *p, struct segment *r)
{
	turn_ports(p, r);
	if (p->tcp_flags & TCP_ACK) {
		r->seq = bpf_htonl(p->tcp_ack);
		r->flags = SEGMENT_FLAGS(BARE_SEGMENT, TCP_RST);
	} else {
		r->ack = bpf_htonl(p->tcp_seq + !!(p->tcp_flags & TCP_SYN) + !!(p->tcp_flags & TCP_FIN));
		r->flags = SEGMENT_FLAGS(BARE_SEGMENT, TCP_RST | TCP_ACK);
	}
}

/* As answer_icmp: 1 when p->action sends the reset. */
__noinline int answer_reset(pkt_ctx *ctx, struct pkt *p)
{
	struct segment r = {};

	if (!p || (p->tcp_flags & TCP_RST) || (p->is & PKT_LINK_MANY) || !may_answer(p))
		return 0;
	fill_reset(p, &r);
	return send_back(ctx, p, &r, BARE_SEGMENT);
}
