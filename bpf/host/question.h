/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What UDP services of the gateway were asked, and in which VRF (maps/question.h). */
#pragma once

#include "bpf/base/budget.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/state/maps.h"

#include "maps/budget.h"
#include "maps/config.h"
#include "maps/drop_reasons.h"
#include "maps/layout.h"
#include "maps/question.h"

#define QUESTION_SECONDS 30 /* so long an answer may belong to either of two that have asked */

static __always_inline bool has_vrfs(__u32 version)
{
	struct sl_rules_header *h = header_get(version);

	return h && h->vrfs;
}

static __always_inline void question_key(struct sl_question_key *k, const struct sl_addr *peer, __be16 peer_port,
					 __be16 port)
{
	k->peer = *peer;
	k->peer_port = peer_port;
	k->port = port;
}

static __always_inline bool is_contested(const struct sl_question *q, __u32 now)
{
	return q->contested && (__s32)(q->rival - now) > 0;
}

static __always_inline void ask_again(struct sl_question *q, const struct pkt *p)
{
	__u32 window = QUESTION_SECONDS * p->hz;

	if (q->vrf != p->vrf && p->now - q->stamp < window) {
		q->rival = p->now + window;
		q->contested = 1;
	}
	q->vrf = p->vrf;
	q->ifindex = p->ifindex;
	q->stamp = p->now;
}

/* Whether another row may be made: one of this VRF's part, or of those that nobody's are. */
static __always_inline bool may_ask(const struct pkt *p)
{
	struct sl_rules_header *h = header_get(p->version);
	__u32 time = SL_QUESTION_SECONDS * p->hz, views = h ? h->vrfs + 1 : 1;

	return budget_take(SL_BUDGET_QUESTIONS + p->vrf % SL_BUDGET_QUESTION_ROWS, p->now, time,
			   SL_QUESTIONS_KEPT / (views ? views : 1)) ||
	       budget_take(SL_BUDGET_ANY_QUESTION, p->now, time, SL_QUESTIONS_OF_ANY);
}

/* A drop reason. Without a row an answer goes by the main VRF: that is right for the main one, and nobody else is let in. */
__noinline int note_question(struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_question *q;

	if (!s || !p || !has_vrfs(p->version))
		return SL_DROP_NONE;
	tuple_of(p, &s->tuple);
	question_key(&s->question, &s->tuple.source, s->tuple.source_port, s->tuple.destination_port);
	q = bpf_map_lookup_elem(&questions, &s->question);
	if (q) {
		ask_again(q, p);
		q->asked = s->tuple.destination;
		return SL_DROP_NONE;
	}
	if (!may_ask(p))
		return p->vrf == SL_MAIN_VRF ? SL_DROP_NONE : SL_DROP_HALF_OPEN_FULL;
	memset(&s->asked_in, 0, sizeof(s->asked_in));
	s->asked_in.asked = s->tuple.destination;
	s->asked_in.ifindex = p->ifindex;
	s->asked_in.stamp = p->now;
	s->asked_in.vrf = p->vrf;
	bpf_map_update_elem(&questions, &s->question, &s->asked_in, BPF_ANY);
	return SL_DROP_NONE;
}
