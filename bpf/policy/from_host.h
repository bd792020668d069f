/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The gateway's own packets: judged by the policies from zone host, accepted where none speaks. */
#pragma once

#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/policy/match.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/rules.h"

__noinline int judge_from_host(struct judgement *j, __u16 zone_out)
{
	struct sl_local *local;
	struct sl_zone_pair *pair;

	if (!j)
		return SL_DROP_INTERNAL;
	j->zone_in = 0;
	j->zone_out = zone_out;
	j->flags |= SL_FLOW_FROM_HOST;
	local = local_find(j->version, j->in.vrf, &j->in.source);
	if (!local)
		return SL_DROP_INSIDE_SOURCE;
	pair = pair_find(j->version, local->zone, zone_out);
	if (local->zone != zone_out && masquerade_of(pair, j->in.family))
		return SL_DROP_INSIDE_SOURCE;
	switch (find_policy(j)) {
	case SL_ACCEPT:
		return SL_DROP_NONE;
	case SL_REJECT:
		return SL_DROP_REJECT;
	default:
		return SL_DROP_POLICY;
	}
}
