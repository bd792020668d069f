/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Datagrams that nobody finishes fill the memory of whoever puts them together, for half a minute (docs/decisions/
 * 0033-fragments-answers-events.md). So many may be open for each source, and so many together for what comes in by one
 * interface and was never answered; the pieces of further ones wait here until all are there (fragment/requeue.h).
 */
#pragma once

#include "bpf/base/budget.h"
#include "bpf/base/hash.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"

#include "maps/budget.h"
#include "maps/flow.h"
#include "maps/fragment.h"
#include "maps/layout.h"

#define OPEN_SECONDS 30       /* how long receivers wait: Linux 30, others up to 60 */
#define OPEN_A_SOURCE 64      /* of flows that were answered too */
#define OPEN_AN_INTERFACE 256 /* a Linux host has room for 1,700 to 4,000, and may hear of several gateways */

static __always_inline void close_datagram(const struct sl_fragment *row)
{
	if (row->open_source)
		budget_give_back(row->open_source - 1);
	if (row->open_interface)
		budget_give_back(row->open_interface - 1);
}

/*
 * A source that was answered is there; of others it takes one sender to forge as many as there are addresses. From outside only
 * TCP proves it: an answer to an invented source says nothing.
 */
static __always_inline bool was_answered(const struct pkt *p, const struct sl_flow *f)
{
	if (f->flags & SL_FLOW_REPLY)
		return true;
	return f->state != SL_FLOW_HALF_OPEN && (p->protocol == IPPROTO_TCP || !(f->holds & SL_HOLDS_OUTSIDE));
}

/* Whether its pieces may pass as they come: counted then. */
static __always_inline bool open_datagram(struct sl_fragment *row, const struct pkt *p, const struct sl_flow *f)
{
	struct sl_addr source;
	__u32 at;

	if (p->family == 4)
		addr_from4(&source, p->key.v4.source);
	else
		addr_from6(&source, p->key.v6.source);
	at = SL_BUDGET_FRAGMENTS + hash_of_source(&source, p->family, p->vrf, p->ifindex) % SL_BUDGET_FRAGMENT_ROWS;
	if (!budget_take(at, p->now, OPEN_SECONDS * p->hz, OPEN_A_SOURCE))
		return false;
	row->open_source = at + 1;
	if (was_answered(p, f))
		return true;
	at = SL_BUDGET_UNANSWERED + hash_of_interface(p->vrf, p->ifindex) % SL_BUDGET_UNANSWERED_ROWS;
	if (budget_take(at, p->now, OPEN_SECONDS * p->hz, OPEN_AN_INTERFACE)) {
		row->open_interface = at + 1;
		return true;
	}
	budget_give_back(row->open_source - 1);
	row->open_source = 0;
	return false;
}
