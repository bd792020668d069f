/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The last stages of a packet for the gateway itself. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/types.h"
#include "bpf/host/question.h"
#include "bpf/path/limit.h"
#include "bpf/path/pieces_tc.h"
#include "bpf/state/lookup.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

static __always_inline verdict to_host(pkt_ctx *ctx, struct pkt *p, const struct found *found)
{
	struct sl_flow *f = found->flow;

	STAGE(pieces(ctx, p, f));
	STAGE(limit(ctx, p, f));
	count_in_flow(f, p);
	if (p->protocol == IPPROTO_UDP && !(p->is & PKT_LATER_FRAGMENT)) {
		int rc = note_question(p);

		if (rc)
			return drop(p, rc);
	}
	return still_of_flow(p, found, SL_V_TO_HOST);
}
