/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP flows whose backend carries no more: it has left the service, or its time is over. Whoever sends next is answered by a reset,
 * on either side. Its number is what the sender acknowledged, so it is the very one that he waits for (RFC 5961 section 3). The flow stays
 * in the table until both have been told, and a short while longer, because a reset may be lost.
 */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/state/outcome.h"
#include "bpf/state/tcp_state.h"
#include "bpf/state/tcp_window.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"

/*
 * After still_allowed() said no. A handshake that is not done begins anew with the next SYN, by another backend; who has closed knows
 * already.
 */
static __always_inline bool goes_over(struct sl_flow *f, struct sl_flow *peer)
{
	struct scratch *s = scratch_get();

	if (!s || s->judgement.reason != SL_DROP_NO_BACKEND || s->judgement.in.protocol != IPPROTO_TCP ||
	    f->state != SL_FLOW_ESTABLISHED)
		return false;
	set_state(f, peer, SL_FLOW_OVER);
	return true;
}

/* The same ports again: a new connection, which gets another backend. */
static __always_inline bool begins_anew(const struct sl_flow *f, const struct pkt *p)
{
	return !(f->flags & SL_FLOW_REPLY) && is_syn_alone(p);
}

/* Who guesses numbers is told nothing, and changes nothing. REVALIDATE_REFUSED: p->reason and p->answer are set. */
static __always_inline int tell_over(struct sl_flow *f, struct sl_flow *peer, struct pkt *p)
{
	if (begins_anew(f, p))
		return REVALIDATE_ENDED;
	drop(p, SL_DROP_FLOW_ENDED);
	if (!(p->is & PKT_TCP) || !tcp_in_window(f, peer, p))
		return REVALIDATE_REFUSED;
	if (!(f->tcp_flags & SL_TCP_TOLD))
		f->stamp = p->now;
	f->tcp_flags |= SL_TCP_TOLD;
	if (peer->tcp_flags & SL_TCP_TOLD)
		set_state(f, peer, SL_FLOW_TOLD);
	p->answer = ANSWER_REJECT;
	return REVALIDATE_REFUSED;
}
