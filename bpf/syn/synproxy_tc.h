/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The handshakes of such flows (synproxy.h) at tc: with the target for the client, and the other way round. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/types.h"
#include "bpf/state/outcome.h"
#include "bpf/state/tcp_state.h"
#include "bpf/state/tcp_window.h"
#include "bpf/syn/cookie_check.h"
#include "bpf/syn/synproxy.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/slots.h"

/*
 * The client, before the target has answered: whatever it says becomes the SYN again, in case that one was lost. What
 * it has said already is sent again by itself.
 */
static __always_inline int client_waits(pkt_ctx *ctx, struct sl_flow *o, struct sl_flow *r, struct pkt *p,
					const struct sl_slot *slot)
{
	if (p->tcp_flags & TCP_RST) {
		if (p->tcp_seq != o->tcp_end)
			return REVALIDATE_REFUSED;
		o->tcp_flags |= SL_TCP_RST;
		set_state(o, r, SL_FLOW_CLOSING);
		return REVALIDATE_GOES_ON;
	}
	if (p->tcp_flags & TCP_SYN) /* repeated and late; or another connection of the same ports */
		return p->tcp_seq + 1 == o->tcp_end ? REVALIDATE_REFUSED : REVALIDATE_ENDED;
	if (!(p->tcp_flags & TCP_ACK) || p->tcp_ack != o->tcp_ack)
		return REVALIDATE_REFUSED;
	return turn_into_syn(ctx, p, o->tcp_end - 1, slot->window, slot->mss) ? REVALIDATE_GOES_ON : REVALIDATE_REFUSED;
}

/*
 * The target's answer: its SYN-ACK is acknowledged here, because the client has done so long ago. A refusal is made
 * to look as if it came next after the cookie.
 */
static __always_inline int target_answers(struct sl_flow *o, struct sl_flow *r, struct pkt *p, struct sl_slot *slot)
{
	if (!(p->tcp_flags & TCP_ACK) || p->tcp_ack != o->tcp_end)
		return REVALIDATE_REFUSED;
	if (p->tcp_flags & TCP_RST) {
		slot->delta = p->tcp_seq - o->tcp_ack;
		r->tcp_flags |= SL_TCP_RST;
		set_state(o, r, SL_FLOW_CLOSING);
		return REVALIDATE_GOES_ON;
	}
	if (!(p->tcp_flags & TCP_SYN))
		return REVALIDATE_REFUSED;
	slot->delta = p->tcp_seq + 1 - o->tcp_ack;
	tcp_begin(r, p);
	r->tcp_scale = 0; /* scaling was not offered to either */
	r->stamp = p->now;
	o->tcp_flags |= SL_TCP_ACKED;
	set_state(o, r, SL_FLOW_ESTABLISHED);
	p->answer = ANSWER_ACK;
	return REVALIDATE_REFUSED;
}

static __always_inline bool waits_for_target(const struct sl_flow *f, const struct sl_flow *peer)
{
	return f->state == SL_FLOW_HALF_OPEN && !((f->tcp_flags | peer->tcp_flags) & SL_TCP_SYN_ACK);
}

/* A packet of such a flow that needs a look at the other direction. REVALIDATE_REFUSED: dropped, or p->answer instead. */
__noinline int revalidate_proxied(pkt_ctx *ctx, struct sl_flow *f, struct sl_flow *peer, struct pkt *p)
{
	struct sl_slot *slot;

	if (!f || !peer || !p)
		return REVALIDATE_REFUSED;
	slot = slot_of_flow(p, f);
	p->reason = SL_DROP_TARGET_HALF_OPEN;
	if (!slot || !(p->is & PKT_TCP))
		return REVALIDATE_REFUSED;
	if (!waits_for_target(f, peer)) {
		if (!update_proxied_state(f, peer, p, slot->delta))
			p->is |= PKT_UNLIKELY;
		return REVALIDATE_GOES_ON;
	}
	if (f->flags & SL_FLOW_REPLY)
		return target_answers(peer, f, p, slot);
	return client_waits(ctx, f, peer, p, slot);
}
