/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one lookup that an established packet costs, and what happens when it is not enough. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/types.h"
#include "bpf/flow/first_packet.h"
#include "bpf/flow/rejudge.h"
#include "bpf/flow/revalidate.h"
#include "bpf/flow/signs.h"
#include "bpf/fragment/datagram.h"
#include "bpf/state/leader.h"
#include "bpf/state/lookup.h"
#include "bpf/state/outcome.h"
#include "bpf/state/tcp_window.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

static __always_inline verdict begin_flow(pkt_ctx *ctx, struct pkt *p, struct found *found)
{
	STAGE(first_packet(ctx, p));
	if (!flow_of(p, found))
		return drop(p, SL_DROP_INTERNAL);
	tcp_first(found->flow, p);
	if ((found->flow->holds & SL_HOLDS_SIGNS) && (p->is & PKT_TCP))
		note_asked(found->flow);
	return SL_V_NEXT;
}

/* A packet from another zone changes nothing, unless it is the rules that moved the flow to that zone. */
static __always_inline bool is_from_elsewhere(const struct sl_flow *f, const struct pkt *p)
{
	return f->zone != p->zone && !rules_changed(f, p);
}

/*
 * What may change the flow is for the node that tells the others of it. So is all of one that has closed here: there it may
 * have begun again, by a SYN that did not come here, and waits for this packet.
 */
static __always_inline bool is_control_of(const struct sl_flow *f, const struct pkt *p)
{
	if (is_own_traffic(f))
		return false;
	return f->state != SL_FLOW_ESTABLISHED || ((p->is & PKT_TCP) && (p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)));
}

static __always_inline verdict flow(pkt_ctx *ctx, struct pkt *p, struct found *found)
{
	int rc;

	STAGE(fragment(p));
	if (!flow_of(p, found)) {
		STAGE(begin_flow(ctx, p, found));
	} else if (is_from_elsewhere(found->flow, p)) {
		return drop(p, SL_DROP_WRONG_ZONE);
	} else if (!needs_revalidation(found->flow, p)) {
		return SL_V_NEXT;
	} else if (is_control_of(found->flow, p) && is_led(p)) {
		return leave_to_leader(p);
	} else {
		rc = revalidate(ctx, p, found->flow);
		if (rc == REVALIDATE_DROP)
			return drop_with_answer(p, p->reason, ANSWER_UNREACHABLE);
		if (rc == REVALIDATE_REFUSED)
			return SL_V_DROPPED;
		if (rc == REVALIDATE_ENDED)
			STAGE(begin_flow(ctx, p, found));
	}
	if (found->flow->zone != p->zone)
		return drop(p, SL_DROP_WRONG_ZONE);
	return SL_V_NEXT;
}
