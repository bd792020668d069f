/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a flow needs beside its entries: the leave of its host, a slot, a place among those that wait. */
#pragma once

#include "bpf/base/events.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/flow/end.h"
#include "bpf/flow/gc.h"
#include "bpf/flow/half_open.h"
#include "bpf/nat/mapping.h"
#include "bpf/nat/report.h"
#include "bpf/state/accounts.h"
#include "bpf/state/maps.h"
#include "bpf/state/slots.h"
#include "bpf/syn/target.h"

#include "maps/config.h"
#include "maps/drop_reasons.h"
#include "maps/events.h"
#include "maps/flow.h"
#include "maps/interface.h"
#include "maps/mapping.h"
#include "maps/slots.h"

#define GC_LOOKS_MORE 16 /* for a host at its limit: some of its flows may be dead */

static __always_inline void count_flow_made(const struct judgement *j)
{
	struct sl_flow_count *c = flow_count_of(j->in.family);

	if (c)
		c->made++;
	count_new_flow(j->policy);
	if (j->nat != j->policy)
		count_new_flow(j->nat);
}

static __always_inline void note_outside(struct judgement *j)
{
	struct sl_interface *dev = interface_find(j->version, j->ifindex_in);

	if (dev && (dev->flags & SL_IF_OUTSIDE) && !(j->flags & SL_FLOW_FROM_HOST))
		j->holds |= SL_HOLDS_OUTSIDE;
}

static __always_inline void revoke_admission(struct judgement *j)
{
	if (j->slot) {
		leave_slot(&j->in, j->slot);
	} else if (j->tenant) {
		end_waiting(&j->in, j->account, j->tenant);
		leave_accounts(&j->in, j->account, j->tenant);
	}
	if (j->flags & SL_FLOW_GUARDED)
		uncount_target(&j->out);
}

static __always_inline int take_any_slot(struct judgement *j, __u32 free)
{
	struct sl_config *c = config_get();

	j->slot = c ? take_slot(j, free, j->now + shortest_timeout(c, j->in.protocol)) : 0;
	return j->slot ? SL_DROP_NONE : SL_DROP_TABLE_FULL;
}

/* Neither what comes from outside nor the gateway's own has one. */
static __always_inline __u32 limit_of_host(const struct judgement *j)
{
	struct sl_config *c = config_get();
	__u32 limit = c && !(j->flags & SL_FLOW_FROM_HOST) ? c->flows_per_host : 0;

	return limit ? limit : ANY_NUMBER_OF_FLOWS;
}

/* Whether another look at the slots found one that is dead. */
__noinline int gc_finds(struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!j || !s)
		return 0;
	gc(j->in.family, GC_LOOKS_MAX, j->now);
	return s->gc_ended;
}

/* In a short table who has more than his share gets another one only for one that is dead, or one of his that waits. */
static __always_inline int keep_share(struct judgement *j)
{
	if (j->over == OVER_NOTHING || gc_finds(j) || push_out(j))
		return SL_DROP_NONE;
	return j->over == OVER_HOST ? SL_DROP_HOST_FLOWS : SL_DROP_TABLE_FULL;
}

/* What a flow needs before it is there: its host's leave, a slot, and a place among those that wait. */
static __always_inline int grant_admission(struct judgement *j)
{
	__u32 free = gc(j->in.family, GC_LOOKS, j->now);
	int rc;

	if (has_limited_target(j) && join_target(j, limit_of_target(j)))
		return SL_DROP_TARGET_HALF_OPEN;
	note_outside(j);
	rc = join_accounts(j, limit_of_host(j));
	if (rc == SL_DROP_HOST_FLOWS && gc(j->in.family, GC_LOOKS_MORE, j->now))
		rc = join_accounts(j, limit_of_host(j));
	if (!rc)
		rc = keep_share(j);
	if (!rc)
		rc = take_any_slot(j, free);
	if (!rc && (j->flags & SL_FLOW_GUARDED))
		note_target(j);
	if (!rc)
		rc = hold_place(j, j->slot);
	if (rc)
		revoke_admission(j);
	return rc;
}

/* What is told of a refusal, and of how many there may be; 0: nothing. */
static __always_inline __u32 shortage_of(const struct sl_config *c, const struct judgement *j, int reason, __u32 *count)
{
	switch (reason) {
	case SL_DROP_HOST_FLOWS:
		*count = j->over == OVER_HOST ? j->share : c->flows_per_host;
		return SL_EVENT_HOST_FLOWS;
	case SL_DROP_TABLE_FULL:
		*count = slot_count(j->in.family) / 2;
		return SL_EVENT_TABLE_FULL;
	case SL_DROP_TARGET_HALF_OPEN:
		*count = j->half_open;
		return SL_EVENT_TARGET_HALF_OPEN;
	case SL_DROP_HALF_OPEN_FULL:
		*count = rows_of(&half_open);
		return SL_EVENT_HALF_OPEN_FULL;
	default:
		return 0;
	}
}

/* Whose it is: what begins outside counts for where it leads to, and is told there. */
static __always_inline __u16 vrf_refused(const struct judgement *j, __u32 kind)
{
	return kind == SL_EVENT_TARGET_HALF_OPEN || (j->holds & SL_HOLDS_OUTSIDE) ? j->out.vrf : j->in.vrf;
}

/* Who asked; or whose limit it is, because sources from outside are invented. */
static __always_inline void note_who(struct sl_endpoint *who, const struct judgement *j, __u32 kind)
{
	if (kind == SL_EVENT_TARGET_HALF_OPEN || (kind == SL_EVENT_HOST_FLOWS && (j->holds & SL_HOLDS_OUTSIDE)))
		endpoint_set(who, &j->out.destination, j->out.destination_port, j->in.protocol, 0);
	else
		endpoint_set(who, &j->in.source, j->in.source_port, j->in.protocol, 0);
	who->vrf = vrf_refused(j, kind);
}

/* Who had to be refused, once a minute for each kind of shortage and VRF. */
__noinline int report_refusal(struct judgement *j, int reason)
{
	__u32 kind, count = 0;
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();
	struct sl_event *event;

	if (!j || !c || !s)
		return 0;
	kind = shortage_of(c, j, reason, &count);
	if (!kind || !event_is_due(kind, kind == SL_EVENT_TARGET_HALF_OPEN ? j->nat : 0, vrf_refused(j, kind)))
		return 0;
	note_who(&s->inside, j, kind);
	memset(&s->outside, 0, sizeof(s->outside));
	event = event_prepare(kind, &s->inside, &s->outside, 0);
	if (!event)
		return 0;
	event->count = count;
	return event_report(event);
}

static __always_inline int refuse_flow(struct judgement *j, int reason)
{
	report_refusal(j, reason);
	return reason;
}
