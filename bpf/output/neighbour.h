/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For a packet whose next hop has no MAC yet the kernel makes a neighbour, which waits for three seconds and stays for up to
 * fifteen more; it has 1024 for all interfaces together, and from 512 on it throws out those of honest hosts too, every
 * five seconds. Who scans a network behind the gateway would have them all (docs/decisions/0039-neighbours.md). So an interface
 * asks for so many next hops in a second, of which one source has a share: a scanner leaves 512 alone with 16 * 18, and
 * many of them 1024 with 512 + 64 * 5. What comes in by uplinks, where a source is easily another one, leaves some to the
 * inside. A next hop is paid for once in a second: who sends to one that is dead takes nothing from others.
 */
#pragma once

#include "bpf/base/budget.h"
#include "bpf/base/hash.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"

#include "maps/budget.h"
#include "maps/config.h"
#include "maps/flow.h"
#include "maps/interface.h"

#define ASKED_IN_A_SECOND 64 /* IPv4 and IPv6 have a table each */
#define ASKED_BY_UPLINKS 48
#define ASKED_BY_A_SOURCE 16

/* The address and the interface: two next hops are told apart but for one in four thousand million. */
static __always_inline __u32 hash_of_next_hop(const struct bpf_fib_lookup *fib)
{
	struct whose w = {
		.word = { fib->ipv6_dst[0], fib->ipv6_dst[1], fib->ipv6_dst[2], fib->ipv6_dst[3], fib->ifindex },
	};
	__u32 hash = secret_hash(&w, SL_KEY_WORDS(struct whose));

	return hash ? hash : 1;
}

/*
 * Answers of one server may go to a whole network that the gateway has forgotten: they have all that the interface has left, and no
 * share of a source.
 */
static __always_inline bool take_share(const struct judgement *j, const struct pkt *p, const struct sl_interface *out)
{
	__u32 own = SL_BUDGET_ASKERS +
		    hash_of_source(&j->in.source, j->in.family, j->in.vrf, p->ifindex) % SL_BUDGET_ASKER_ROWS;
	__u32 all = SL_BUDGET_ASKING + 2 * out->slot + (j->in.family == 6);
	bool answers = j->flags & SL_FLOW_REPLY;

	if (!answers && !budget_take(own, p->now, p->hz, ASKED_BY_A_SOURCE))
		return false;
	if (budget_take(all, p->now, p->hz, !answers && (p->dev & SL_IF_UPLINK) ? ASKED_BY_UPLINKS : ASKED_IN_A_SECOND))
		return true;
	if (!answers)
		budget_give_back(own);
	return false;
}

static __always_inline struct sl_budget *asked_row(__u32 hash)
{
	__u32 row = SL_BUDGET_ASKED + hash % SL_BUDGET_ASKED_ROWS;

	return bpf_map_lookup_elem(&budgets, &row);
}

/* In this second. */
static __always_inline bool is_paid_for(const struct sl_budget *asked, __u32 hash, const struct pkt *p)
{
	return (__u32)asked->count == hash && p->now - asked->since < p->hz;
}

static __always_inline void note_paid(struct sl_budget *asked, __u32 hash, const struct pkt *p)
{
	asked->since = p->now;
	asked->count = hash;
}

/* 1: the kernel may be given what goes where find_route() found. Needs j->in as well. */
__noinline int may_ask_for_neighbour(struct judgement *j, struct pkt *p)
{
	struct sl_interface *out;
	struct sl_budget *asked;

	if (!j || !p)
		return 0;
	if (!j->unresolved)
		return 1;
	asked = asked_row(j->unresolved);
	out = interface_find(j->version, j->ifindex);
	if (!asked || !out)
		return 0;
	if (is_paid_for(asked, j->unresolved, p))
		return 1;
	if (!take_share(j, p, out))
		return 0;
	note_paid(asked, j->unresolved, p);
	return 1;
}
