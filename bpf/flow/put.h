/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flows of another engine or another gateway, which the daemon has the collector put into the tables: first both rows of each, then
 * what else the packet path gives to a flow that it makes.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/flow/admission.h"
#include "bpf/flow/create.h"
#include "bpf/flow/half_open.h"
#include "bpf/policy/judge.h"
#include "bpf/state/accounts.h"
#include "bpf/state/slots.h"
#include "bpf/state/table.h"
#include "bpf/syn/synproxy.h"
#include "bpf/syn/target.h"

#include "maps/config.h"
#include "maps/flow.h"

/* The collector's "packet" is a list, behind a link header and two bytes. */
#define GC_OFFSET 16
/* A page of the kernel's has room for so many, behind what it needs itself. */
#define GC_PAIRS 10
#define GC_PUT_TOLD 1024 /* added to how many were put: no mode, which another release would leave in the mark */

/* The one that lies at `at`. */
__noinline int put_pair(struct __sk_buff *ctx, __u32 at)
{
	struct scratch *s = scratch_get();

	if (!s || bpf_skb_load_bytes(ctx, at + offsetof(struct sl_flow_pair, original), &s->tuple, sizeof(s->tuple)) ||
	    bpf_skb_load_bytes(ctx, at + offsetof(struct sl_flow_pair, reply), &s->peer, sizeof(s->peer)) ||
	    bpf_skb_load_bytes(ctx, at + offsetof(struct sl_flow_pair, original_flow), &s->original,
			       sizeof(s->original)) ||
	    bpf_skb_load_bytes(ctx, at + offsetof(struct sl_flow_pair, reply_flow), &s->reply, sizeof(s->reply)))
		return E2BIG_RC;
	return insert_both(&s->tuple, &s->original, &s->peer, &s->reply);
}

/* Answers why one could not be; the packet's mark says how many were put before. */
static __always_inline int put_pairs(struct __sk_buff *ctx)
{
	__u32 done, at = GC_OFFSET;
	int rc = 0;

	for (done = 0; done < GC_PAIRS && at + sizeof(struct sl_flow_pair) <= ctx->len; done++) {
		rc = put_pair(ctx, at);
		if (rc)
			break;
		at += sizeof(struct sl_flow_pair);
	}
	ctx->mark = GC_PUT_TOLD + done;
	return rc;
}

static __always_inline void judgement_of_row(struct judgement *j, const struct sl_tuple *t, const struct sl_flow *f,
					     __u32 now)
{
	memset(j, 0, sizeof(*j));
	j->in = *t;
	j->version = f->version;
	j->flags = f->flags & ~(SL_FLOW_GUARDED | SL_FLOW_SYNPROXY);
	j->ifindex_in = f->ifindex_in;
	j->zone_in = f->zone;
	j->now = now;
}

/* One that waits counts at its target, whatever the limit there. What the flow says itself is what takes it down. */
static __always_inline void adopt_target(pkt_ctx *ctx, struct judgement *j, const struct sl_flow *f)
{
	struct sl_config *c = config_get();

	if (!c || f->state != SL_FLOW_HALF_OPEN || !(f->flags & SL_FLOW_NEW_DESTINATION))
		return;
	j->version = *(volatile __u32 *)&c->version;
	j->out = j->in;
	find_way(ctx, j);
	flow_out(f, j->in.family, &j->out);
	if (has_limited_target(j) && !join_target(j, TARGET_ANY_NUMBER))
		note_target(j);
}

/* Its host's limit does not end a flow that is there; where no slot is left it stays without. */
static __always_inline int adopt(pkt_ctx *ctx, struct sl_tuple *t, struct sl_flow *f, struct sl_flow *peer, __u32 now)
{
	struct sl_flow_count *count = flow_count_of(t->family);
	struct scratch *s = scratch_get();
	struct judgement *j;

	if (!s || f->slot || (f->flags & SL_FLOW_REPLY))
		return 0;
	j = &s->judgement;
	judgement_of_row(j, t, f, now);
	note_outside(j);
	j->out = j->in;
	flow_out(f, j->in.family, &j->out);
	if (join_accounts(j, ANY_NUMBER_OF_FLOWS) || take_any_slot(j, 0)) {
		revoke_admission(j);
		return 0;
	}
	adopt_target(ctx, j, f);
	f->flags |= j->flags & SL_FLOW_GUARDED;
	f->holds |= j->holds & SL_HOLDS_OUTSIDE;
	adopt_shift(f, t->family, j->slot);
	f->slot = j->slot;
	peer->slot = j->slot;
	if (f->state != SL_FLOW_HALF_OPEN) /* perhaps since just now */
		leave_target(t, f);
	if (f->state == SL_FLOW_HALF_OPEN)
		hold_place(j, j->slot);
	else
		leave_half_open(t->family, f->slot);
	if (count)
		__sync_fetch_and_add(&count->made, 1);
	return 1;
}
