/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What tc does with a packet that is not simply dropped: it is answered, waits, goes on in pieces, or to another node. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/types.h"
#include "bpf/fragment/requeue.h"
#include "bpf/fragment/split.h"
#include "bpf/icmp/answer.h"
#include "bpf/output/tcp_reset.h"
#include "bpf/path/hand_over.h"
#include "bpf/proto/ipv4.h"
#include "bpf/syn/cookie_answer.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"

static __always_inline bool answer(pkt_ctx *ctx, struct pkt *p)
{
	if (p->answer == ANSWER_REJECT && p->protocol == IPPROTO_TCP)
		return answer_reset(ctx, p);
	return answer_icmp(ctx, p);
}

/* What happens to a packet that is not simply dropped. */
static __always_inline verdict instead_of_drop(pkt_ctx *ctx, struct pkt *p)
{
	switch (p->answer) {
	case ANSWER_NONE:
		return SL_V_DROPPED;
	case ANSWER_ENQUEUE:
		return frag_enqueue(ctx, p);
	case ANSWER_HAND_OVER:
		return hand_over(ctx, p);
	default:
		break;
	}
	if (!has_right_header(ctx, p))
		return drop(p, SL_DROP_BAD_HEADER);
	switch (p->answer) {
	case ANSWER_PIECES:
		return send_in_pieces(ctx, p);
	case ANSWER_COOKIE:
		return answer_by_cookie(ctx, p) ? SL_V_ANSWERED : SL_V_DROPPED;
	case ANSWER_ACK:
		return answer_by_ack(ctx, p) ? SL_V_FORWARDED : SL_V_DROPPED;
	default:
		return answer(ctx, p) ? SL_V_ANSWERED : SL_V_DROPPED;
	}
}
