/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether the packet can go on from here, before anything in it is changed. */
#pragma once

#include "bpf/base/types.h"
#include "bpf/family/suits.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

/* Not asked where the packet fits in any case. */
__noinline int judge_size(struct pkt *p, struct sl_flow *f)
{
	__u32 mtu;

	if (!p || !f)
		return SL_V_DROPPED;
	mtu = mtu_as_received(p, f);
	if (p->segment <= mtu)
		return SL_V_NEXT;
	p->mtu_out = mtu; /* what an answer tells */
	return drop_with_answer(p, SL_DROP_TOO_BIG, p->is & PKT_MAY_FRAGMENT ? ANSWER_PIECES : ANSWER_TOO_BIG);
}

static __always_inline verdict routable(struct pkt *p, struct sl_flow *f)
{
	if (p->is & PKT_LINK_MANY)
		return drop(p, SL_DROP_LINK_BROADCAST);
	if (p->ttl <= 1)
		return drop_with_answer(p, SL_DROP_TTL, ANSWER_TIME_EXCEEDED);
	return p->segment > f->mtu || (f->flags & SL_FLOW_OTHER_FAMILY) ? judge_size(p, f) : SL_V_NEXT;
}
