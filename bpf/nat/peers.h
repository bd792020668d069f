/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a flow holds for the sake of filters: the mapping that it was sent to, so that no port changes
 * hands under it, and a reference on its pair in nat_peers, so that its peer's other ports pass.
 */
#pragma once

#include "bpf/base/budget.h"
#include "bpf/base/hash.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/filter.h"
#include "bpf/nat/mapping.h"
#include "bpf/state/maps.h"

#include "maps/budget.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/mapping.h"

#define JOIN_TRIES 4

/* One more user of a row that is in use; a row at its end stays there. */
static __always_inline bool join(__u32 *references)
{
	int i;

	for (i = 0; i < JOIN_TRIES; i++) {
		__u32 seen = *(volatile __u32 *)references;

		if (!is_in_use(seen))
			return false;
		if (__sync_val_compare_and_swap(references, seen, seen + 1) == seen)
			return true;
	}
	return false;
}

/* The mapping may have ended since it was found: then its owner has. */
static __always_inline int join_asked_mapping(struct scratch *s, const struct judgement *j)
{
	struct sl_mapping *m;

	if (!(j->flags & SL_FLOW_TO_MAPPING))
		return SL_DROP_NONE;
	m = asked_mapping(s, j);
	if (!m || s->inside.vrf != j->out.vrf || !addr_equal(&s->inside.address, &j->out.destination) ||
	    s->inside.port != j->out.destination_port)
		return SL_DROP_FILTERED;
	return mapping_hold(m, &s->inside) ? SL_DROP_NONE : SL_DROP_FILTERED;
}

/* What `arrives` was sent to: an address of this VRF. */
static __always_inline void destination_of(const struct sl_tuple *arrives, __u16 vrf, struct sl_endpoint *outside)
{
	outside_endpoint(outside, &arrives->destination, arrives->destination_port, arrives->protocol, vrf);
}

/* `reply` is the key of the flow's answers. The VRFs are those of sl_flow. */
static __always_inline void peer_key_of(struct sl_peer_key *k, const struct sl_tuple *original,
					const struct sl_tuple *reply, __u16 flags, __u16 outside_vrf, __u16 view)
{
	bool asked = flags & SL_FLOW_TO_MAPPING;
	const struct sl_tuple *arrives = asked ? original : reply;

	destination_of(arrives, asked ? view : outside_vrf, &k->outside);
	k->peer = arrives->source;
}

/* The inside host that the flow belongs to, whoever began it. */
static __always_inline __u32 peer_owner_of(const struct judgement *j)
{
	bool asked = j->flags & SL_FLOW_TO_MAPPING;
	const struct sl_addr *host = asked ? &j->out.destination : &j->in.source;

	return SL_BUDGET_PEERS + 1 +
	       hash_of_source(host, j->in.family, asked ? j->out.vrf : j->in.vrf, 0) % SL_BUDGET_PEER_ROWS;
}

static __always_inline void note_peer_of_judgement(struct scratch *s, const struct judgement *j)
{
	s->peer_owner = peer_owner_of(j);
	s->peer = j->out;
	tuple_turn(&s->peer);
	peer_key_of(&s->peer_key, &j->in, &s->peer, j->flags, j->outside_vrf, j->view);
}

#define PEER_SHARE 8 /* of so many parts a host may always have one, and all that others leave of the first half */

static __always_inline bool has_peer_share(__u32 owner)
{
	__u32 room = rows_of(&nat_peers);

	return budget_used(SL_BUDGET_PEERS) < (__s32)(room / 2) || budget_used(owner) < (__s32)(room / PEER_SHARE);
}

/* A row that the table did not have. */
static __always_inline bool make_peer(const struct sl_peer_key *k, __u32 owner)
{
	const struct sl_peer first = { .references = 1, .owner = owner };

	if (!has_peer_share(owner) || bpf_map_update_elem(&nat_peers, k, &first, BPF_NOEXIST))
		return false;
	budget_count(SL_BUDGET_PEERS, 1);
	budget_count(owner, 1);
	return true;
}

/*
 * True when it is held; `owner`: its row of budgets. When the table or the host's share is full the filter stays shut for
 * the peer's other ports.
 */
static __noinline bool hold_peer(const struct sl_peer_key *k, __u32 owner)
{
	int i;

	for (i = 0; i < JOIN_TRIES; i++) {
		struct sl_peer *p = bpf_map_lookup_elem(&nat_peers, k);

		if (p && join(&p->references))
			return true;
		if (!p && make_peer(k, owner))
			return true;
	}
	return false;
}

static __noinline int release_peer(const struct sl_peer_key *k)
{
	struct sl_peer *p = bpf_map_lookup_elem(&nat_peers, k);
	__u32 owner;

	if (!p)
		return 0;
	owner = p->owner;
	if (__sync_fetch_and_add(&p->references, -1) != 1)
		return 0;
	if (__sync_val_compare_and_swap(&p->references, 0, SL_MAPPING_DEAD) != 0 || bpf_map_delete_elem(&nat_peers, k))
		return 1;
	budget_count(SL_BUDGET_PEERS, -1);
	budget_count(owner, -1);
	return 1;
}
