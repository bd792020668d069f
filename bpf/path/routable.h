/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether the packet can go on from here, before anything in it is changed. */
#pragma once

#include "bpf/base/types.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

static __always_inline verdict routable(struct pkt *p, const struct sl_flow *f)
{
	if (p->is & PKT_LINK_MANY)
		return drop(p, SL_DROP_LINK_BROADCAST);
	if (p->ttl <= 1)
		return drop_with_answer(p, SL_DROP_TTL, ANSWER_TIME_EXCEEDED);
	if (p->segment > f->mtu) {
		p->mtu_out = f->mtu; /* what an answer tells */
		return drop_with_answer(p, SL_DROP_TOO_BIG, p->is & PKT_MAY_FRAGMENT ? ANSWER_PIECES : ANSWER_TOO_BIG);
	}
	return SL_V_NEXT;
}
