/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a handshake, and the beginning of another one in the same flow, as they matter to the target's count. */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/peers.h"
#include "bpf/nat/port_close.h"
#include "bpf/state/tcp_state.h"
#include "bpf/syn/target.h"

#include "maps/flow.h"

/* In scratch's `revalidated_original`; answers the entry of that direction. */
static __always_inline struct sl_flow *original_of(struct scratch *s, struct sl_flow *f, struct sl_flow *peer)
{
	s->revalidated_original = s->revalidated;
	if (!(f->flags & SL_FLOW_REPLY))
		return f;
	tuple_of_peer(&s->revalidated, f, &s->revalidated_original);
	return peer;
}

/* Done or refused. */
static __always_inline void note_handshake_over(struct scratch *s, struct sl_flow *f, struct sl_flow *peer)
{
	struct sl_flow *o;

	if (!((f->flags | peer->flags) & SL_FLOW_GUARDED))
		return;
	o = original_of(s, f, peer);
	leave_target(&s->revalidated_original, o);
}

/* Closed, or open again: port_close.h. */
static __always_inline void note_close(struct scratch *s, struct sl_flow *f, struct sl_flow *peer)
{
	struct sl_flow *o;

	if (!((f->holds | peer->holds) & SL_HOLDS_QUOTA))
		return;
	o = original_of(s, f, peer);
	if (o->holds & SL_HOLDS_SHARE)
		note_share_close(&s->revalidated_original, o);
	if (!(o->flags & SL_FLOW_MAPPED))
		return;
	tuple_of_peer(&s->revalidated_original, o, &s->peer);
	destination_of(&s->peer, o->outside_vrf, &s->outside);
	count_open_mapping(o->state != SL_FLOW_CLOSING);
}

static __always_inline bool is_led_by_service(const struct sl_flow *f)
{
	return (f->holds & SL_HOLDS_SIGNS) && !(f->flags & SL_FLOW_REPLY);
}

/*
 * The same ports again, after a close: to a target with a limit that is a new connection like any other. Numbers that are
 * translated are those of the connection that has closed. And its backend may take no new ones by now.
 */
static __always_inline bool asks_target_anew(const struct sl_flow *f, const struct pkt *p)
{
	return ((f->flags & (SL_FLOW_GUARDED | SL_FLOW_SYNPROXY)) || is_led_by_service(f)) &&
	       f->state == SL_FLOW_CLOSING && is_syn_alone(p);
}
