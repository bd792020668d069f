/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Masquerade: endpoint-independent mapping with port preservation (RFC 4787 REQ-1, RFC 6056 where
 * the port is taken). The outside endpoint is claimed first (nat/port_claim.h); the inside endpoint follows, and the
 * claim is undone if that fails.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/host_quota.h"
#include "bpf/nat/mapping.h"
#include "bpf/nat/mapping_end.h"
#include "bpf/nat/pool.h"
#include "bpf/nat/port_claim.h"
#include "bpf/nat/port_close.h"
#include "bpf/nat/port_range.h"
#include "bpf/nat/port_rest.h"
#include "bpf/nat/port_search.h"
#include "bpf/nat/port_wanted.h"
#include "bpf/nat/report.h"
#include "bpf/state/host_count.h"
#include "bpf/state/maps.h"

#include "maps/config.h"
#include "maps/drop_reasons.h"
#include "maps/events.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/mapping.h"
#include "maps/rules.h"

#define RESTS_TO_END 2 /* a claim adds one row: the line of resting ports grows shorter */
#define ROWS_TO_FREE 8 /* of a mapping table that is full */

/* Before a mapping is in the making. `outside`: the address whose ports are all taken, or none. */
static __always_inline int refuse_port(const struct judgement *j, const struct sl_addr *outside, __u32 count)
{
	struct scratch *s = scratch_get();

	if (!s)
		return SL_DROP_INTERNAL;
	memset(&s->mapping, 0, sizeof(s->mapping));
	s->mapping.other.address = j->in.source;
	s->mapping.other.protocol = j->in.protocol;
	s->mapping.other.vrf = j->in.vrf;
	s->mapping.masquerade = j->nat;
	memset(&s->outside, 0, sizeof(s->outside));
	if (outside)
		s->outside.address = *outside;
	report_shortage(SL_EVENT_PORTS_EXHAUSTED, &s->mapping, &s->outside.address, count);
	return SL_DROP_NO_PORTS;
}

/* Sets out.source and scope from the masquerade's row. */
__noinline int pick_outside_address(struct judgement *j)
{
	struct sl_masquerade *m;
	__u32 total;

	if (!j)
		return SL_DROP_INTERNAL;
	m = masquerade_find(j);
	if (!m)
		return SL_DROP_INTERNAL;
	j->nat = m->object ? m->object : j->nat;
	j->flags |= SL_FLOW_NEW_SOURCE;
	if (m->hosts && host_number(m, &j->in.source) >= m->hosts)
		return SL_DROP_NO_PORTS;
	j->scope = m->ranges ? SL_SCOPE_POOL | m->object : j->outside_ifindex;
	if (!m->ranges)
		return pick_own_address(j) ? SL_DROP_NONE : SL_DROP_NO_ADDRESS;
	total = pool_size(j, m);
	if (total && pick_from_pool(j, m, place_in_pool(j, m, total)))
		return SL_DROP_NONE;
	return SL_DROP_NO_ADDRESS;
}

/* A host that has a block of ports never uses another one, whatever it had before the rules said so. */
static __always_inline bool is_in_block(struct scratch *s, const struct judgement *j, const struct sl_masquerade *m)
{
	__u32 port = bpf_ntohs(s->held.port);

	if (!m->hosts)
		return true;
	use_block(&s->search, m, j);
	return addr_equal(&s->held.address, &j->out.source) && port >= s->search.first && port <= s->search.last;
}

/* The mapping that the inside endpoint has already, unless the gateway took the port for itself meanwhile. */
static __always_inline bool use_mapping(pkt_ctx *ctx, struct judgement *j, struct scratch *s,
					const struct sl_masquerade *rule)
{
	struct sl_endpoint *row = bpf_map_lookup_elem(&nat_inside, &s->inside);
	struct sl_mapping *m;

	if (!row)
		return false;
	s->held = *row;
	m = bpf_map_lookup_elem(&nat_outside, &s->held);
	if (!m || !is_in_block(s, j, rule) || port_is_ours(ctx, j, &s->held) ||
	    is_of_gateway(flow_answered_at(s, &s->held, j)))
		return false;
	if (!mapping_hold(m, &s->inside))
		return false;
	j->out.source = s->held.address;
	j->out.source_port = s->held.port;
	j->flags |= SL_FLOW_MAPPED;
	return true;
}

static __always_inline void prepare_endpoints(struct scratch *s, const struct judgement *j,
					      const struct sl_masquerade *m)
{
	endpoint_set(&s->inside, &j->in.source, j->in.source_port, j->in.protocol, j->scope);
	s->inside.vrf = j->in.vrf;
	outside_endpoint(&s->outside, &j->out.source, 0, j->in.protocol, j->outside_vrf);
	memset(&s->mapping, 0, sizeof(s->mapping));
	s->mapping.other = s->inside;
	s->mapping.references = 1;
	s->mapping.nonce = bpf_get_prandom_u32();
	s->mapping.masquerade = j->nat;
	s->mapping.slot = j->slot;
	if (m->hosts)
		s->mapping.flags |= SL_MAPPING_STEADY;
	if (m->flags & SL_MASQUERADE_LOG)
		s->mapping.flags |= SL_MAPPING_LOGGED;
}

/* All ports of an address that a static mapping has lead to its inside host. */
static __always_inline bool is_static(const struct judgement *j)
{
	struct sl_rules_header *h = header_get(j->version);

	return h && h->static_rows && trie_find(&static_in, j->version, j->outside_vrf, &j->out.source);
}

static __always_inline int refuse_mapping(struct scratch *s)
{
	report_shortage(SL_EVENT_MAPPINGS_FULL, &s->mapping, &s->outside.address, rows_of(&nat_outside));
	return SL_DROP_MAPPINGS_FULL;
}

/* Claims a port for s->inside: a drop reason. */
static __always_inline int claim_outside(pkt_ctx *ctx, struct judgement *j, struct scratch *s,
					 const struct sl_masquerade *m)
{
	int rc = CLAIM_TAKEN, i;

	for (i = 0; i < RESTS_TO_END; i++)
		end_rest(0);
	if (!is_static(j))
		rc = find_port(ctx, j, s, m);
	if (rc == CLAIM_FULL) {
		for (i = 0; i < ROWS_TO_FREE; i++)
			end_rest(1);
		rc = find_port(ctx, j, s, m);
	}
	if (rc == CLAIM_DONE || rc == CLAIM_FULL)
		return rc == CLAIM_DONE ? SL_DROP_NONE : refuse_mapping(s);
	return SL_DROP_NO_PORTS;
}

/* Counts one more for the host: enum host_count. `beyond`: also one more than its part, where the quota is soft. */
__noinline int host_asks(struct judgement *j, __u32 beyond)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;
	bool hard;
	int count;

	if (!s || !j)
		return HOST_UNCOUNTED;
	m = masquerade_find(j);
	if (!m || !m->mappings_per_host)
		return HOST_UNCOUNTED;
	hard = m->flags & SL_MASQUERADE_HARD_QUOTA;
	count = host_takes(&s->inside, j->nat, beyond && !hard ? NO_QUOTA : m->mappings_per_host);
	return hard && count == HOST_UNCOUNTED ? HOST_IS_FULL :
						 count; /* who cannot be counted gets nothing that is sold by number */
}

static __always_inline int refuse_host(struct scratch *s, const struct sl_masquerade *m)
{
	report_shortage(SL_EVENT_HOST_MAPPINGS, &s->mapping, &s->outside.address, m->mappings_per_host);
	return SL_DROP_HOST_MAPPINGS;
}

/* The same within what the host may have. */
static __always_inline int claim_within_quota(pkt_ctx *ctx, struct judgement *j, struct scratch *s,
					      const struct sl_masquerade *m)
{
	int count = host_asks(j, 0), rc;

	if (count == HOST_IS_FULL && ports_are_wanted(s, j, m)) {
		s->search.has_enough = 1;
		first_range(&s->search, m, j);
		return SL_DROP_NO_PORTS;
	}
	if (count == HOST_IS_FULL)
		count = host_asks(j, 1);
	if (count == HOST_IS_FULL)
		return refuse_host(s, m);
	if (count == HOST_COUNTED)
		s->mapping.flags |= SL_MAPPING_COUNTED;
	rc = claim_outside(ctx, j, s, m);
	if (rc && count == HOST_COUNTED)
		host_gives(&s->inside, j->nat);
	if (!rc)
		report_mapping(SL_EVENT_MAPPING_MADE, &s->outside, &s->mapping);
	return rc;
}

/* The same within the share of its VRF. */
static __always_inline int claim_within_share(pkt_ctx *ctx, struct judgement *j, struct scratch *s,
					      const struct sl_masquerade *m)
{
	int counted = vrf_takes(j->in.vrf), rc;

	if (counted == VRF_IS_OVER)
		return refuse_mapping(s);
	if (counted == VRF_COUNTED)
		s->mapping.flags |= SL_MAPPING_SHARED;
	rc = claim_within_quota(ctx, j, s, m);
	if (rc && counted == VRF_COUNTED)
		vrf_gives(j->in.vrf);
	return rc;
}

/*
 * What was claimed becomes what new flows of the inside endpoint get. Another CPU may have been faster:
 * then its mapping is used; unless that one cannot be, because it is about to end.
 */
static __always_inline int settle_mapping(pkt_ctx *ctx, struct judgement *j, struct scratch *s,
					  const struct sl_masquerade *m)
{
	int rc = bpf_map_update_elem(&nat_inside, &s->inside, &s->outside, BPF_NOEXIST);

	if (rc == EEXIST_RC) {
		if (use_mapping(ctx, j, s, m)) {
			release_mapping(&s->outside, 0);
			return SL_DROP_NONE;
		}
		rc = bpf_map_update_elem(&nat_inside, &s->inside, &s->outside, BPF_ANY);
	}
	if (rc) {
		release_mapping(&s->outside, 0);
		return refuse_mapping(s);
	}
	j->out.source_port = s->outside.port;
	j->flags |= SL_FLOW_MAPPED;
	return SL_DROP_NONE;
}

/* Finds or makes the mapping of j->in's source and takes a reference: sets out.source and its port. */
__noinline int acquire_mapping(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;
	int rc;

	if (!s || !j)
		return SL_DROP_INTERNAL;
	m = masquerade_find(j);
	if (!m)
		return SL_DROP_INTERNAL;
	prepare_endpoints(s, j, m);
	if (m->flags & SL_MASQUERADE_HARD_QUOTA)
		j->holds |= SL_HOLDS_QUOTA;
	if (!j->is_unmapped && use_mapping(ctx, j, s, m)) {
		s->outside = s->held;
		if (j->holds & SL_HOLDS_QUOTA)
			count_open_mapping(1);
		return SL_DROP_NONE;
	}
	rc = claim_within_share(ctx, j, s, m);
	return rc ? rc : settle_mapping(ctx, j, s, m);
}
