/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fragments at XDP. */
#pragma once

#include "bpf/base/ctx_xdp.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/fragment/datagram.h"
#include "bpf/fragment/passed.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

/* tc has the pieces that came before this one, or wait for it. It finds the note of it, and no piece that has passed. */
static __always_inline verdict pieces(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	struct scratch *s = scratch_get();

	if (!(p->is & PKT_PIECE))
		return SL_V_NEXT;
	if (!s)
		return drop(p, SL_DROP_INTERNAL);
	if (p->is & PKT_FIRST_FRAGMENT) {
		note_first_fragment(p, f);
		if (has_queued(p, &s->fragment))
			return SL_V_HANDED_ON;
	}
	return pass_fragment(ctx, p, f);
}
