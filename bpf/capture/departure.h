/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What became of a packet, to who captures, with the frame where it leaves as another one. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/capture/arrival.h"
#include "bpf/capture/ring.h"
#include "bpf/state/lookup.h"
#include "bpf/state/table.h"

#include "maps/capture.h"
#include "maps/counters.h"
#include "maps/explained.h"
#include "maps/flow.h"

/* Linux 6.1 looks up nothing by what a function was handed: by a copy of the key. */
static __always_inline struct sl_flow *flow_by_key(struct pkt *p, struct scratch *s)
{
	struct found found;

	if (p->family == 4) {
		s->captured_key.v4 = p->key.v4;
		return find_in(&s->captured_key.v4, &found, 4);
	}
	s->captured_key.v6 = p->key.v6;
	return find_in(&s->captured_key.v6, &found, 6);
}

/* The way of an ICMP error is that of the flow that it is about. */
static __always_inline struct sl_flow *flow_of_captured(struct pkt *p, struct scratch *s)
{
	if (p->is & PKT_ICMP_ERROR)
		return CTX_IS_TC && s->captured.verdict == SL_V_FORWARDED ? flow_at(s->way.row, s->tuple.family) : NULL;
	return p->family ? flow_by_key(p, s) : NULL;
}

static __always_inline void note_way(struct sl_captured *r, const struct sl_flow *f)
{
	r->policy = f->policy;
	r->nat = f->nat;
	r->zone_out = f->zone_out;
	r->vrf_out = f->vrf;
	r->flags = f->flags;
	r->ifindex_to = f->ifindex;
	r->asked = SL_ASKED_LIMITS;
}

static __always_inline bool leaves_as_another(__u32 v)
{
	return v == SL_V_FORWARDED || v == SL_V_ANSWERED;
}

__noinline int capture_departure(pkt_ctx *ctx, struct pkt *p, __u32 v)
{
	struct scratch *s = scratch_get();
	struct sl_config *c = config_get();
	struct sl_captured *r;
	struct sl_flow *f;

	if (!s || !c || !p)
		return 0;
	r = &s->captured;
	r->time = bpf_ktime_get_ns();
	r->verdict = v;
	r->reason = p->reason;
	r->point = SL_CAPTURED_OUT;
	r->zone = p->zone;
	r->vrf = p->vrf;
	r->l3_off = p->l3_off;
	r->tunnel = p->tunnel & TUNNEL_INSIDE;
	r->ifindex_in = p->ifindex;
	r->policy = s->judgement.policy;
	r->nat = s->judgement.nat;
	r->zone_out = s->judgement.zone_out;
	r->asked = s->judgement.asked;
	r->ifindex = v == SL_V_FORWARDED ? p->left_by : p->ifindex;
	r->length = ctx_bytes(ctx);
	f = flow_of_captured(p, s);
	if (f)
		note_way(r, f);
	note_tag(ctx, r);
	give_to_captures(ctx, c, r, p->captured, leaves_as_another(v) ? SL_CAPTURE_MOST : 0);
	return 0;
}

static __always_inline void note_departure(pkt_ctx *ctx, struct pkt *p, verdict v)
{
	if (p->captured)
		capture_departure(ctx, p, v);
}
