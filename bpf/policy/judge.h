/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The whole judgement of a first packet: where it goes, who allows it, how it is translated. Used
 * again for a flow whose rules have changed. Changes no state.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/backend.h"
#include "bpf/nat/filter.h"
#include "bpf/nat/masquerade.h"
#include "bpf/nat/translate.h"
#include "bpf/output/route.h"
#include "bpf/policy/match.h"
#include "bpf/proto/ipv6.h"
#include "bpf/tunnel/into_tunnel.h"

#include "maps/drop_reasons.h"
#include "maps/explained.h"
#include "maps/flow.h"
#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/rules.h"

static __always_inline void judgement_of_packet(struct judgement *j, const struct pkt *p)
{
	memset(j, 0, sizeof(*j));
	tuple_of(p, &j->in);
	j->out = j->in;
	j->version = p->version;
	j->ifindex_in = p->ifindex;
	j->zone_in = p->zone;
	j->is = p->is;
	j->now = p->now;
}

static __always_inline int refuse(struct judgement *j, int reason, __u8 answer)
{
	j->reason = reason;
	j->answer = answer;
	return reason;
}

/* fe80::/10 stays on its link (RFC 4291 section 2.5.6). */
static __always_inline bool is_on_link_only(const struct sl_addr *a, __u8 family)
{
	return family == 6 && is_link_local6(a->w);
}

/*
 * RFC 2827, RFC 3704: who claims an address must be where that address is. Loose lets one uplink speak for another, and
 * nobody for the inside.
 */
static __always_inline bool is_spoofed(pkt_ctx *ctx, struct judgement *j, const struct sl_interface *dev)
{
	__u32 behind;

	if (dev->anti_spoofing == SL_ANY_SOURCE)
		return false;
	behind = zone_behind(ctx, j);
	j->zone_behind = behind & BEHIND_ZONE;
	if ((behind & BEHIND_ZONE) == j->zone_in)
		return false;
	return dev->anti_spoofing != SL_LOOSE_SOURCE || !(behind & BEHIND_UPLINK);
}

static __always_inline int judge_source(pkt_ctx *ctx, struct judgement *j)
{
	struct sl_interface *dev = interface_find(j->version, j->ifindex_in);

	if (!dev)
		return SL_DROP_INTERNAL;
	if (local_find(j->version, j->in.vrf, &j->in.source))
		return SL_DROP_OWN_SOURCE;
	if (is_on_link_only(&j->in.source, j->in.family))
		return SL_DROP_NONE; /* every link has these: no route tells where; never forwarded */
	if (dev->bogons && set_has(j->version, dev->bogons, j->in.family, &j->in.source))
		return SL_DROP_BOGON;
	return is_spoofed(ctx, j, dev) ? SL_DROP_SPOOFED : SL_DROP_NONE;
}

/* An address of another interface is fair to ask for, unless it is what a masquerade hides. */
static __always_inline int judge_local(struct judgement *j, const struct sl_local *local)
{
	struct sl_zone_pair *back = pair_find(j->version, local->zone, j->zone_in);

	if (local->zone != j->zone_in && masquerade_of(back, j->in.family))
		return SL_DROP_INSIDE_ADDRESS;
	j->zone_out = 0;
	j->ifindex = 0;
	j->flags |= SL_FLOW_TO_HOST;
	return SL_DROP_NONE;
}

/* Addresses behind a masquerade are reached by forwards, static mappings and mappings only. */
static __always_inline bool is_hidden(struct judgement *j)
{
	struct sl_zone_pair *back = pair_find(j->version, j->zone_out, j->zone_in);

	return masquerade_of(back, j->in.family) && j->zone_out != j->zone_in && !(j->flags & SL_FLOW_NEW_DESTINATION);
}

/* Most packets are for nobody who could have a mapping: then its table, where each look waits for memory, is not asked. */
static __always_inline bool may_be_mapping(const struct judgement *j, bool is_local)
{
	struct sl_rules_header *h = header_get(j->version);

	return is_local || (j->was & SL_FLOW_TO_MAPPING) || !h || !(h->dimensions & SL_OUTSIDE_IS_LOCAL);
}

/* `is_local`: the destination, before any translation. */
static __always_inline int find_destination(pkt_ctx *ctx, struct judgement *j, bool is_local)
{
	int rc = translate_destination(j);

	if (!rc && j->service.object)
		return choose_backend(j);
	if (!rc && !(j->flags & SL_FLOW_NEW_DESTINATION))
		rc = lead_by_nat64(j);
	if (rc || (j->flags & SL_FLOW_NEW_DESTINATION) || !may_be_mapping(j, is_local))
		return rc;
	return translate_to_mapping(ctx, j);
}

/* Whether the destination is an address of the gateway. A call, after which the verifier knows nothing that it would follow twice. */
__noinline int asks_gateway(struct judgement *j)
{
	return j && local_find(j->version, j->view, &j->in.destination);
}

/* Among the addresses, rules and routes of one VRF. The gateway is host only in the one that asks. */
static __always_inline int look_in_view(pkt_ctx *ctx, struct judgement *j)
{
	bool is_local = asks_gateway(j);
	struct sl_local *local = NULL;
	int rc = find_destination(ctx, j, is_local);

	if (rc)
		return rc;
	if (is_local || j->flags & (SL_FLOW_NEW_DESTINATION | SL_FLOW_OTHER_FAMILY))
		local = local_find(j->version, j->out.vrf, &j->out.destination);
	if (local && (j->flags & SL_FLOW_OTHER_FAMILY))
		return SL_DROP_OTHER_FAMILY;
	if (local)
		return j->out.vrf == j->in.vrf ? judge_local(j, local) : SL_DROP_OTHER_VRF;
	if (is_on_link_only(&j->in.source, j->in.family) || is_on_link_only(&j->out.destination, j->out.family))
		return SL_DROP_BAD_ADDRESS;
	return find_route(ctx, j);
}

/* A rule that leads it has said where. A call: find_way() has no room on the stack for what this takes. */
__noinline int may_go_on(struct judgement *j)
{
	return j && (!(j->flags & SL_FLOW_NEW_DESTINATION) || is_led_by_nat64(j));
}

/* Destinations that its own VRF leaves to another one are looked for there, as if it came in there. */
__noinline int find_way(pkt_ctx *ctx, struct judgement *j)
{
	int rc = SL_DROP_INTERNAL;
	__u64 i; /* what is kept of 32 bits on the stack tells the verifier no end of a loop */

	if (!j)
		return rc;
	j->view = j->in.vrf;
	for (i = 0; i < 2; i++) {
		j->through = 0;
		rc = look_in_view(ctx, j);
		if (!j->through || !may_go_on(j))
			break;
		j->view = j->next_vrf;
		j->out.vrf = j->view;
	}
	return rc;
}

static __always_inline int judge_destination(pkt_ctx *ctx, struct judgement *j)
{
	int rc = find_way(ctx, j);

	if (rc || (j->flags & SL_FLOW_TO_HOST))
		return rc;
	j->asked = SL_ASKED_HIDDEN;
	if (j->flags & SL_FLOW_TO_MAPPING)
		return filter(j);
	return is_hidden(j) ? SL_DROP_INSIDE_ADDRESS : SL_DROP_NONE;
}

static __always_inline bool is_closed(struct judgement *j)
{
	struct sl_zone_pair *pair = pair_find(j->version, j->zone_in, j->zone_out);

	return pair && pair->action == SL_NEVER;
}

static __always_inline int judge_policy(struct judgement *j)
{
	if (j->admitted && !is_closed(j)) {
		j->action = SL_ACCEPT;
		j->policy = j->nat;
		return SL_DROP_NONE;
	}
	switch (find_policy(j)) {
	case SL_ACCEPT:
		return SL_DROP_NONE;
	case SL_REJECT:
		return SL_DROP_REJECT;
	default:
		return SL_DROP_POLICY;
	}
}

static __always_inline bool is_unicast_query(const struct judgement *j)
{
	return !(j->is & (PKT_ICMP_OTHER | PKT_LINK_MANY));
}

/* A service without a backend refuses at once: a client has others to ask. */
static __always_inline __u8 answer_of(int reason)
{
	return reason == SL_DROP_NO_ROUTE   ? ANSWER_UNREACHABLE :
	       reason == SL_DROP_NO_BACKEND ? ANSWER_REJECT :
					      ANSWER_NONE;
}

/* Needs j->in, is, version, zone_in, ifindex_in; answers a drop reason, and fills the rest. */
__noinline int judge(pkt_ctx *ctx, struct judgement *j)
{
	int rc;

	if (!j)
		return SL_DROP_INTERNAL;
	j->out = j->in;
	j->asked = SL_ASKED_SOURCE;
	rc = judge_source(ctx, j);
	if (rc)
		return refuse(j, rc, ANSWER_NONE);
	j->asked = SL_ASKED_WAY;
	rc = judge_destination(ctx, j);
	if (rc)
		return refuse(j, rc, answer_of(rc));
	if (!(j->flags & SL_FLOW_TO_HOST) && !is_unicast_query(j))
		return refuse(j, j->is & PKT_LINK_MANY ? SL_DROP_LINK_BROADCAST : SL_DROP_ICMP_TYPE, ANSWER_NONE);
	j->asked = SL_ASKED_POLICY;
	rc = judge_policy(j);
	if (rc)
		return refuse(j, rc, rc == SL_DROP_REJECT ? ANSWER_REJECT : ANSWER_NONE);
	j->asked = SL_ASKED_TRANSLATION;
	if (!(j->flags & SL_FLOW_TO_HOST)) {
		rc = translate_source(j);
		if (!rc && j->masquerade)
			rc = pick_outside_address(j);
		if (rc)
			return refuse(j, rc, rc == SL_DROP_BAD_ADDRESS ? ANSWER_PARAMETER : ANSWER_NONE);
	}
	j->asked = SL_ASKED_TUNNEL;
	return leads_into_tunnel(j) ? refuse(j, SL_DROP_INTO_TUNNEL, ANSWER_NONE) : SL_DROP_NONE;
}
