/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which translation a new flow gets: destination before routing, source after it. Claims nothing. */
#pragma once

#include "bpf/base/checksum.h"
#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/backend.h"
#include "bpf/nat/other_family.h"

#include "maps/config.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/rules.h"

/*
 * RFC 6296 sections 3.4 and 3.5: what the prefix takes from the checksum goes into the subnet, or into the
 * first word behind it that is not all ones; 0xffff and 0 are one number, and 0 is the one that is written.
 */
static __always_inline int adjust_word(struct sl_addr *a, const struct sl_static *s)
{
	__be16 *words = (__be16 *)a->w;
	__u32 i, last = s->word == 3 ? 3 : 7, sum;

	for (i = s->word & 7; i < last && words[i & 7] == 0xffff; i++)
		;
	if (words[i & 7] == 0xffff)
		return SL_DROP_BAD_ADDRESS;
	sum = csum_fold((__u32)words[i & 7] + s->adjustment);
	words[i & 7] = sum == 0xffff ? 0 : sum;
	return SL_DROP_NONE;
}

static __always_inline int replace_prefix(struct sl_addr *a, const struct sl_static *s)
{
	__u32 bits = s->length;
	int i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		__u32 mask = bits >= 32 ? 0xffffffff : bits ? 0xffffffff << (32 - bits) : 0;

		a->w[i] = (a->w[i] & bpf_htonl(~mask)) | (s->to.w[i] & bpf_htonl(mask));
		bits = bits >= 32 ? bits - 32 : 0;
	}
	return s->word ? adjust_word(a, s) : SL_DROP_NONE;
}

/* A service leads elsewhere once a backend is chosen (nat/backend.h). */
static __always_inline int by_forward(struct judgement *j, const struct sl_forward *f)
{
	if (f->source_set && !set_has(j->version, f->source_set, j->in.family, &j->in.source)) {
		j->policy = f->object; /* who decides, as where it admits */
		return SL_DROP_FORWARD_SOURCE;
	}
	j->out.vrf = f->vrf;
	j->out.destination = f->to;
	j->out.destination_port = bpf_htons(f->to_port + (bpf_ntohs(j->in.destination_port) - f->first_port));
	j->flags |= SL_FLOW_NEW_DESTINATION;
	j->admitted = 1;
	j->nat = f->object;
	note_service(j, f);
	j->half_open = f->half_open;
	j->syn_cookies = f->flags & SL_FORWARD_SYN_COOKIES ? 1 : 0;
	j->outside_zone = f->zone;
	j->outside_ifindex = f->ifindex;
	return SL_DROP_NONE;
}

/* By the prefix of its zone, in whichever VRF the IPv4 address is then: rules say nothing of that prefix there. */
static __always_inline bool is_led_by_nat64(const struct judgement *j)
{
	return (j->flags & SL_FLOW_OTHER_FAMILY) && !j->service.object;
}

/* Forwards before static mappings: the more special before the more general. */
__noinline int translate_destination(struct judgement *j)
{
	struct sl_rules_header *h;
	struct sl_forward *f;
	struct sl_static *s;

	if (!j)
		return SL_DROP_INTERNAL;
	if (is_led_by_nat64(j))
		return SL_DROP_NONE;
	h = header_get(j->version);
	if (!h)
		return SL_DROP_NOT_READY;
	f = h->forwards ?
		    forward_find(j->version, j->view, j->in.protocol, &j->in.destination, j->in.destination_port) :
		    NULL;
	if (f)
		return by_forward(j, f);
	s = h->static_rows ? trie_find(&static_in, j->version, j->view, &j->in.destination) : NULL;
	if (!s)
		return SL_DROP_NONE;
	j->flags |= SL_FLOW_NEW_DESTINATION;
	j->nat = s->object;
	j->outside_zone = s->zone;
	j->outside_ifindex = s->ifindex;
	j->out.vrf = s->vrf;
	return replace_prefix(&j->out.destination, s);
}

/*
 * Hairpin: both ends are in the same zone, so the answer would not come back through the gateway;
 * the receiver sees the sender's outside address (RFC 4787 REQ-9). Who is sent to by a mapping knows
 * the sender by its outside address, whichever zone that is in. So does who is asked for in another
 * VRF, where the sender's own address may be somebody else's.
 */
static __always_inline bool is_hairpin(const struct judgement *j)
{
	return (j->flags & SL_FLOW_NEW_DESTINATION) &&
	       (j->zone_in == j->zone_out || j->hairpin || j->view != j->in.vrf);
}

/* Destinations that keep out of it; never of a hairpin, whose answer would go past the gateway. */
static __always_inline bool is_excepted(const struct judgement *j, const struct sl_masquerade *m)
{
	return m->except_set && !is_hairpin(j) &&
	       set_has(j->version, m->except_set, j->out.family, &j->out.destination);
}

/* Sets j->masquerade, unless the rule excepts the destination, and what the rule says of its flows. */
static __always_inline void by_masquerade(struct judgement *j, const struct sl_zone_pair *pair)
{
	__u32 row = masquerade_of(pair, j->in.family) - 1;
	struct sl_masquerade *m = row + 1 ? rules_find(&masquerades, j->version, &row) : NULL;

	if (!m || is_excepted(j, m))
		return;
	j->masquerade = row + 1;
	j->per_destination = m->flags & SL_MASQUERADE_PER_DESTINATION ? 1 : 0;
	j->by_address = (m->flags & SL_MASQUERADE_FILTER_ADDRESS) && (j->is & PKT_PORTS) && !j->per_destination &&
			!is_hairpin(j);
}

static __always_inline bool static_applies(const struct sl_static *s, const struct judgement *j, __u16 outside,
					   const struct sl_zone_pair *pair)
{
	return s->zone == outside || (s->zone == SL_ANY_ZONE && masquerade_of(pair, j->in.family));
}

/*
 * A hairpin over one link whose source no rule translates: without an address of the gateway the answer would go past it. An
 * address that is on no interface gives way to that of the link.
 */
static __always_inline void by_own_address(struct judgement *j, const struct sl_rules_header *h)
{
	if (j->masquerade || !h->own_address || !(j->flags & SL_FLOW_NEW_DESTINATION) || j->ifindex != j->ifindex_in)
		return;
	j->masquerade = h->own_address;
	j->per_destination = 1;
	if (j->outside_ifindex)
		return;
	j->outside_ifindex = j->ifindex;
	j->outside_vrf = j->out.vrf;
}

/* Sets out.source for a static mapping, or j->masquerade for a masquerade, whose port is claimed later. */
__noinline int translate_source(struct judgement *j)
{
	struct sl_rules_header *h;
	struct sl_zone_pair *pair;
	struct sl_static *s;
	__u16 outside;

	if (!j)
		return SL_DROP_INTERNAL;
	h = header_get(j->version);
	if (h && (j->flags & SL_FLOW_OTHER_FAMILY))
		return source_in_other_family(j, h, pair_find(j->version, j->zone_in, j->zone_out));
	outside = is_hairpin(j) ? j->outside_zone : j->zone_out;
	j->outside_vrf = is_hairpin(j) ? j->view : j->out.vrf;
	pair = pair_find(j->version, j->zone_in, outside);
	if (!h)
		return SL_DROP_NONE;
	if (!is_hairpin(j))
		j->outside_ifindex = j->ifindex;
	s = h->static_rows ? trie_find(&static_out, j->version, j->in.vrf, &j->in.source) : NULL;
	if (s && pair && static_applies(s, j, outside, pair)) {
		j->flags |= SL_FLOW_NEW_SOURCE;
		j->nat = s->object;
		return replace_prefix(&j->out.source, s);
	}
	by_masquerade(j, pair);
	by_own_address(j, h);
	return SL_DROP_NONE;
}
