/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many flows a host has, so that one that opens them without end disturbs no other (RFC 6888
 * REQ-4). Flows from outside are not counted: sources can be invented there, and a table of invented
 * hosts limits nobody. Neither are the gateway's own.
 */
#pragma once

static __always_inline void host_of(const struct sl_tuple *t, struct sl_host *host)
{
	host->address = t->source;
	host->vrf = t->vrf;
}

/* SL_DROP_NONE, with SL_FLOW_COUNTED where the host's count went up; or HOST_FLOWS. */
__noinline int join_host(struct judgement *j)
{
	struct sl_config *c = config_get();
	struct sl_host host;

	if (!j || !c)
		return SL_DROP_INTERNAL;
	if ((j->flags & (SL_FLOW_OUTSIDE | SL_FLOW_FROM_HOST)) || !c->flows_per_host)
		return SL_DROP_NONE;
	host_of(&j->in, &host);
	switch (count_host(&host_flows, &host, c->flows_per_host)) {
	case HOST_COUNTED:
		j->flags |= SL_FLOW_COUNTED;
		return SL_DROP_NONE;
	case HOST_IS_FULL:
		return SL_DROP_HOST_FLOWS;
	default:
		return SL_DROP_NONE;
	}
}

__noinline int leave_host(struct sl_tuple *original)
{
	struct sl_host host;

	if (!original)
		return 0;
	host_of(original, &host);
	return uncount_host(&host_flows, &host);
}
