/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many flows a host has, so that one that opens them without end disturbs no other (RFC 6888
 * REQ-4). Flows from outside are not counted: sources can be invented there, and a table of invented
 * hosts limits nobody. Neither are the gateway's own.
 */
#pragma once

#define HOST_TRIES 4

static __always_inline void host_of(const struct sl_tuple *t, struct sl_host *host)
{
	host->address = t->source;
	host->vrf = t->vrf;
}

enum { HOST_COUNTED, HOST_AT_LIMIT, HOST_UNKNOWN };

static __always_inline int count_up(__u32 *count, __u32 limit)
{
	__u32 i;

	for (i = 0; i < HOST_TRIES; i++) {
		__u32 seen = *(volatile __u32 *)count;

		if (seen == SL_HOST_GONE)
			return HOST_UNKNOWN;
		if (seen >= limit)
			return HOST_AT_LIMIT;
		if (__sync_val_compare_and_swap(count, seen, seen + 1) == seen)
			return HOST_COUNTED;
	}
	return HOST_UNKNOWN;
}

static __always_inline int count_host(const struct sl_host *host, __u32 limit)
{
	__u32 *count = bpf_map_lookup_elem(&host_flows, host), one = 1;

	if (!count && !bpf_map_update_elem(&host_flows, host, &one, BPF_NOEXIST))
		return HOST_COUNTED;
	if (!count)
		count = bpf_map_lookup_elem(&host_flows, host); /* another CPU was first, or the table is full */
	return count ? count_up(count, limit) : HOST_UNKNOWN;
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
	switch (count_host(&host, c->flows_per_host)) {
	case HOST_COUNTED:
		j->flags |= SL_FLOW_COUNTED;
		return SL_DROP_NONE;
	case HOST_AT_LIMIT:
		return SL_DROP_HOST_FLOWS;
	default:
		return SL_DROP_NONE;
	}
}

/* The last one takes the row with it, marked before so that nobody counts there any more. */
__noinline int leave_host(struct sl_tuple *original)
{
	struct sl_host host;
	__u32 *count;

	if (!original)
		return 0;
	host_of(original, &host);
	count = bpf_map_lookup_elem(&host_flows, &host);
	if (!count || __sync_fetch_and_add(count, -1) != 1)
		return 0;
	if (__sync_val_compare_and_swap(count, 0, SL_HOST_GONE) == 0)
		bpf_map_delete_elem(&host_flows, &host);
	return 1;
}
