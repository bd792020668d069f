/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flows whose client was answered by a SYN cookie: it knows the cookie as the first number of the target, and the
 * target has chosen another one since. What the target sends carries the client's numbers outside, what the client
 * acknowledges carries the target's inside. Each entry keeps the numbers of its own packets as they arrive.
 */
#pragma once

#include "bpf/base/types.h"
#include "bpf/state/slots.h"
#include "bpf/state/tcp_state.h"

#include "maps/flow.h"
#include "maps/slots.h"

static __always_inline struct sl_slot *slot_of_flow(const struct pkt *p, const struct sl_flow *f)
{
	return f->slot ? slot_at(p->family, f->slot) : NULL;
}

/* What its numbers are translated by, where the daemon has put it (struct sl_flow_pair); no packet has come past that. */
static __always_inline void adopt_shift(struct sl_flow *f, __u8 family, __u32 number)
{
	struct sl_slot *slot = f->flags & SL_FLOW_SYNPROXY ? slot_at(family, number) : NULL;

	if (!slot)
		return;
	slot->delta = f->tcp_ack;
	f->tcp_ack = 0;
}

/* What a proxied target sent was quoted with the numbers that the client knows; the target believes only its own. */
static __always_inline __u32 seqadj_of_quoted(__u8 family, const struct sl_flow *f)
{
	struct sl_slot *slot;

	if (!(f->flags & SL_FLOW_SYNPROXY) || (f->flags & SL_FLOW_REPLY))
		return 0;
	slot = slot_at(family, f->slot);
	return slot ? slot->delta : 0;
}

/* What the client has seen of the target's numbers as the target counts them, or back. */
static __always_inline void adjust_client(struct sl_flow *o, struct sl_flow *f, struct pkt *p, __u32 by)
{
	o->tcp_ack += by;
	if (f == o)
		p->tcp_ack += by;
}

/* As update_state(), of both sides' numbers in the target's counting. */
static __always_inline bool update_proxied_state(struct sl_flow *f, struct sl_flow *peer, struct pkt *p, __u32 delta)
{
	struct sl_flow *o = f->flags & SL_FLOW_REPLY ? peer : f;
	bool counts;

	adjust_client(o, f, p, delta);
	counts = update_state(f, peer, p);
	adjust_client(o, f, p, -delta);
	return counts;
}
