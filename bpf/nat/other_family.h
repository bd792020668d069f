/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flows that leave in the other family: led there by a service, or by the prefix of their destination (NAT64). Their source is
 * put behind a prefix (RFC 6052), where the other side still sees who it is, or gives way to an address of the gateway, with a
 * port towards the destination.
 */
#pragma once

#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"

#include "maps/config.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

/* Its source gets an address when the way out is known: until then it has none. */
static __always_inline void change_family(struct judgement *j)
{
	j->out.family = other_family(j->in.family);
	j->out.protocol = sl_protocol_in_other_family(j->in.protocol);
	memset(&j->out.source, 0, sizeof(j->out.source));
	j->flags |= SL_FLOW_OTHER_FAMILY;
}

/* Nobody has these: this network, loopback, multicast and what is reserved (RFC 6890). */
static __always_inline bool is_no_host4(__be32 address)
{
	__u32 first = bpf_ntohl(address) >> 24;

	return first == 0 || first == 127 || first >= 224;
}

/* IPv6 destinations with an IPv4 address behind the zone's prefix (RFC 6146, RFC 6052). Where they may lead is asked later. */
__noinline int lead_by_nat64(struct judgement *j)
{
	struct sl_rules_header *h;
	__be32 address;

	if (!j || j->in.family != 6)
		return SL_DROP_NONE;
	h = header_get(j->version);
	if (!h || !h->nat64 ||
	    !prefix_find(j->version, SL_PREFIX_TAG(SL_PREFIX_NAT64, j->zone_in, 6), &j->in.destination))
		return SL_DROP_NONE;
	address = j->in.destination.w[3];
	if (is_no_host4(address))
		return SL_DROP_BAD_ADDRESS;
	change_family(j);
	addr_from4(&j->out.destination, address);
	j->flags |= SL_FLOW_NEW_DESTINATION;
	return SL_DROP_NONE;
}

static __always_inline bool has_source_prefix(const struct judgement *j)
{
	return j->service.prefix[0] || j->service.prefix[1] || j->service.prefix[2];
}

static __always_inline void put_behind_prefix(struct judgement *j)
{
	memcpy(j->out.source.w, j->service.prefix, sizeof(j->service.prefix));
	j->out.source.w[3] = j->in.source.w[3];
}

/* Sets out.source, or j->masquerade, whose port is claimed later. `pair`: of its zones, or NULL. */
static __always_inline int source_in_other_family(struct judgement *j, const struct sl_rules_header *h,
						  const struct sl_zone_pair *pair)
{
	j->flags |= SL_FLOW_NEW_SOURCE;
	j->outside_vrf = j->out.vrf;
	j->outside_ifindex = j->ifindex;
	if (j->out.family == 6 && has_source_prefix(j)) {
		put_behind_prefix(j);
		return SL_DROP_NONE;
	}
	j->per_destination = 1;
	if (j->service.object) {
		j->masquerade = h->own_address;
		return j->masquerade ? SL_DROP_NONE : SL_DROP_NO_ADDRESS;
	}
	j->masquerade = pair ? pair->nat64 : 0;
	return j->masquerade ? SL_DROP_NONE : SL_DROP_OTHER_FAMILY;
}
