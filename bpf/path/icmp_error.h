/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An ICMP error about a packet of a known flow, sent on with what it quotes translated. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/endpoint.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/icmp/error.h"
#include "bpf/path/transmit_tc.h"
#include "bpf/state/table.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

static __always_inline verdict icmp_error(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_flow *f;

	if (!s)
		return drop(p, SL_DROP_INTERNAL);
	switch (translate_icmp_error(ctx, p)) {
	case ICMP_ERROR_TO_HOST:
		return SL_V_TO_HOST;
	case ICMP_ERROR_GOES_ON:
		break;
	default:
		return drop(p, p->reason);
	}
	f = flow_at(s->way.row, s->tuple.family);
	if (!f)
		return drop(p, SL_DROP_ICMP_NO_FLOW);
	note_towards(p, f);
	STAGE_EXCEPT(SL_V_FORWARDED, transmit(ctx, p, f));
	return row_still_has(s->way.row, s->way.turn, s->tuple.family) ? SL_V_FORWARDED : drop(p, SL_DROP_ICMP_NO_FLOW);
}
