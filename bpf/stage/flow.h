/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one lookup that an established packet costs, and what happens when it is not enough. */
#pragma once

static __always_inline struct sl_flow *flow_of(const struct pkt *p)
{
	return p->family == 4 ? row_flow(row_find(&p->key.v4, 4), 4) : row_flow(row_find(&p->key.v6, 6), 6);
}

static __always_inline bool needs_attention(struct sl_flow *f, const struct pkt *p)
{
	return f->version != p->version || p->now - f->stamp >= p->hz || may_change_state(f, p) ||
	       ((p->is & PKT_TCP) && !tcp_goes_on(f, p));
}

static __always_inline void count_in_flow(struct sl_flow *f, const struct pkt *p)
{
	f->packets++;
	f->bytes += p->bytes;
}

static __always_inline verdict begin_flow(pkt_ctx *ctx, struct pkt *p, struct sl_flow **flow)
{
	STAGE(first_packet(ctx, p));
	*flow = flow_of(p);
	if (!*flow)
		return drop(p, SL_DROP_INTERNAL);
	tcp_first(*flow, p);
	return SL_V_NEXT;
}

/* A packet from another zone changes nothing, unless it is the rules that moved the flow to that zone. */
static __always_inline bool is_from_elsewhere(const struct sl_flow *f, const struct pkt *p)
{
	return f->zone != p->zone && !rules_changed(f, p);
}

static __always_inline verdict flow(pkt_ctx *ctx, struct pkt *p, struct sl_flow **flow)
{
	int rc;

	STAGE(fragment(p));
	*flow = flow_of(p);
	if (!*flow) {
		STAGE(begin_flow(ctx, p, flow));
	} else if (is_from_elsewhere(*flow, p)) {
		return drop(p, SL_DROP_WRONG_ZONE);
	} else if (needs_attention(*flow, p)) {
		rc = attend(ctx, p, *flow);
		if (rc == ATTEND_DROP)
			return drop_with_answer(p, p->reason, ANSWER_UNREACHABLE);
		if (rc == ATTEND_REFUSED)
			return SL_V_DROPPED;
		if (rc == ATTEND_ENDED)
			STAGE(begin_flow(ctx, p, flow));
	}
	if ((*flow)->zone != p->zone)
		return drop(p, SL_DROP_WRONG_ZONE);
	return SL_V_NEXT;
}
