/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fragments at tc: one fits those that passed before, and a first one calls those that wait for it. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/types.h"
#include "bpf/fragment/datagram.h"
#include "bpf/fragment/passed.h"
#include "bpf/fragment/requeue.h"

#include "maps/counters.h"
#include "maps/flow.h"

/* A first piece calls those that came before it. */
static __always_inline verdict pieces(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	verdict v;

	if (!(p->is & PKT_PIECE))
		return SL_V_NEXT;
	if (p->is & PKT_FIRST_FRAGMENT) {
		note_first_fragment(p, f);
		STAGE(put_back_queued(ctx, p));
	}
	v = pass_fragment(ctx, p, f);
	return v == SL_V_HANDED_ON ? hold(ctx, p) : v;
}
