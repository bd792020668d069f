/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Answers of UDP services that are bound to no device: the kernel looks for their way in the main table, and takes a
 * source there. Here they get the address that was asked, and leave by the interface of the question.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/host/question.h"
#include "bpf/proto/interface.h"
#include "bpf/state/maps.h"
#include "bpf/state/table.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/question.h"

static __always_inline bool may_be_answer(const struct pkt *p)
{
	return p->vrf == SL_MAIN_VRF && p->protocol == IPPROTO_UDP && !(p->is & (PKT_LATER_FRAGMENT | PKT_MULTICAST));
}

static __always_inline bool replace_own_source(pkt_ctx *ctx, const struct pkt *p, const struct sl_addr *from,
					       const struct sl_addr *to)
{
	__u16 delta = csum_delta(csum_addr(from), csum_addr(to));

	if (p->family == 4) {
		struct iphdr *ip = hdr_at(ctx, p->l3_off, struct iphdr);

		if (!ip)
			return false;
		ip->saddr = to->w[3];
		ip->check = csum_apply(ip->check, delta);
	} else {
		struct ipv6hdr *ip = hdr_at(ctx, p->l3_off, struct ipv6hdr);

		if (!ip)
			return false;
		memcpy(&ip->saddr, to->w, 16);
	}
	return !p->check_off || delta == 0 || delta == 0xffff || ctx_fix_checksum(ctx, p, delta, 0);
}

/* The flow that it answers, in s->revalidated: by the source that the service chose, or by the one that was asked. */
static __always_inline bool find_asked(struct scratch *s, const struct sl_question *q)
{
	struct sl_flow *f;

	s->revalidated.vrf = q->vrf;
	f = flow_find(&s->revalidated);
	if (!f) {
		s->revalidated.source = q->asked;
		f = flow_find(&s->revalidated);
	}
	return f && (f->flags & SL_FLOW_FROM_HOST);
}

/* Whoever floods the main VRF has no rows there: then the flow alone says that the same endpoint asked in it as well. */
static __always_inline bool was_asked_in_main(const struct pkt *p, struct scratch *s)
{
	struct sl_flow *f = flow_find(&s->peer);

	return f && (f->flags & SL_FLOW_FROM_HOST) && p->now - f->stamp < QUESTION_SECONDS * p->hz;
}

/* The packet as it would be, had its service asked for the VRF's routes. */
static __always_inline void move_to_vrf(struct pkt *p, const struct sl_question *q, const struct sl_interface *dev,
					const struct sl_addr *source)
{
	note_interface(p, dev);
	p->ifindex = q->ifindex;
	if (p->family == 4) {
		p->key.v4.source = source->w[3];
		p->key.v4.vrf = dev->vrf;
	} else {
		memcpy(p->key.v6.source, source->w, 16);
		p->key.v6.vrf = dev->vrf;
	}
}

/* SL_V_NEXT: as it was, or into another VRF, with what the hook has to answer in p->action. */
__noinline int answer_in_vrf(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_interface *dev;
	struct sl_question *q;

	if (!s || !p || !has_vrfs(p->version))
		return SL_V_NEXT;
	tuple_of(p, &s->revalidated);
	question_key(&s->question, &s->revalidated.destination, s->revalidated.destination_port,
		     s->revalidated.source_port);
	q = bpf_map_lookup_elem(&questions, &s->question);
	if (!q)
		return SL_V_NEXT;
	if (is_contested(q, p->now))
		return drop(p, SL_DROP_FLOW_CONFLICT);
	if (q->vrf == SL_MAIN_VRF)
		return SL_V_NEXT;
	dev = interface_find(p->version, q->ifindex);
	if (!dev || !(dev->flags & SL_IF_MANAGED) || dev->vrf != q->vrf)
		return SL_V_NEXT;
	s->peer = s->revalidated;
	if (was_asked_in_main(p, s))
		return drop(p, SL_DROP_FLOW_CONFLICT);
	if (!find_asked(s, q))
		return SL_V_NEXT;
	move_to_vrf(p, q, dev, &s->revalidated.source);
	if (!replace_own_source(ctx, p, &s->peer.source, &s->revalidated.source))
		return drop(p, SL_DROP_INTERNAL);
	ctx->mark = SLUICE_OWN_MARK;
	p->action = bpf_redirect_neigh(p->ifindex, NULL, 0, 0);
	return SL_V_NEXT;
}
