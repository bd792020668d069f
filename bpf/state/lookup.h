/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The flow of a packet: the one lookup that an established packet costs. */
#pragma once

#include "bpf/base/types.h"
#include "bpf/state/rows.h"
#include "bpf/state/tcp_state.h"
#include "bpf/state/tcp_window.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"

/* The packet's flow, and how to tell later whether its row is still this flow's. */
struct found {
	struct sl_flow *flow;
	const __u32 *turn_at;
	__u32 turn;
};

static __always_inline struct sl_flow *find_in(const void *key, struct found *found, const __u8 family)
{
	__u32 row = row_find(key, &found->turn, family);
	struct sl_home *home = home_at(row / 2, family);

	found->flow = flow_and_turn_in(home, row, &found->turn_at, family);
	return found->flow;
}

static __always_inline struct sl_flow *flow_of(const struct pkt *p, struct found *found)
{
	return p->family == 4 ? find_in(&p->key.v4, found, 4) : find_in(&p->key.v6, found, 6);
}

/*
 * `v`, unless another CPU gave the row to another flow while this one read from it: that makes a packet of two flows. Asked
 * when all is read and written, and before the packet leaves (docs/decisions/0037-whose-memory-whose-row.md).
 */
static __always_inline verdict still_of_flow(struct pkt *p, const struct found *found, verdict v)
{
	return *(const volatile __u32 *)found->turn_at == found->turn ? v : drop(p, SL_DROP_FLOW_ENDED);
}

static __always_inline bool needs_revalidation(struct sl_flow *f, const struct pkt *p)
{
	return f->version != p->version || p->now - f->stamp >= p->hz || may_change_state(f, p) ||
	       ((p->is & PKT_TCP) && !tcp_goes_on(f, p));
}

static __always_inline void count_in_flow(struct sl_flow *f, const struct pkt *p)
{
	f->packets++;
	f->bytes += p->bytes;
}
