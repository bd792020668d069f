/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Datagrams in pieces (docs/decisions/0011-fragments-without-reassembly.md). The pieces that follow
 * the first have no ports: they are found by source, destination and id.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/hash.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/fragment/open_datagrams.h"
#include "bpf/proto/transport.h"
#include "bpf/state/maps.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/fragment.h"
#include "maps/layout.h"

#define FRAGMENT_SECONDS 30 /* RFC 1122 section 3.3.2 wants 60 to 120 for reassembly, RFC 4787 leaves it open */

static __always_inline void fragment_key_of(const struct pkt *p, struct sl_fragment_key *k)
{
	if (p->family == 4) {
		addr_from4(&k->source, p->key.v4.source);
		addr_from4(&k->destination, p->key.v4.destination);
	} else {
		addr_from6(&k->source, p->key.v6.source);
		addr_from6(&k->destination, p->key.v6.destination);
	}
	k->id = p->fragment_id;
	k->vrf = p->vrf;
	k->protocol = p->family == 4 ? p->protocol : 0;
	k->zero = 0;
}

static __always_inline struct sl_fragment *fragment_find(struct scratch *s, const struct pkt *p)
{
	struct sl_fragment *row;

	fragment_key_of(p, &s->fragment);
	row = bpf_map_lookup_elem(&fragments, &s->fragment);
	/* another CPU's clock may be a tick ahead */
	return row && (__s32)(p->now - row->stamp) <= (__s32)(FRAGMENT_SECONDS * p->hz) ? row : NULL;
}

/* A later piece gets the ports of its first one, and the protocol behind IPv6 extension headers. */
__noinline int follow_first_fragment(struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_fragment *first;

	if (!p || !s)
		return SL_DROP_INTERNAL;
	first = fragment_find(s, p);
	if (!first)
		return SL_DROP_FRAGMENT;
	set_ports(p, first->source_port, first->destination_port);
	p->protocol = first->protocol;
	if (p->family == 4)
		p->key.v4.protocol = first->protocol;
	else
		p->key.v6.protocol = first->protocol;
	return SL_DROP_NONE;
}

/* Before the flow is looked up. What came too early waits; multicast ends here, and is not waited for. */
static __always_inline verdict fragment(struct pkt *p)
{
	int rc;

	if (!(p->is & PKT_LATER_FRAGMENT))
		return SL_V_NEXT;
	rc = follow_first_fragment(p);
	if (rc == SL_DROP_FRAGMENT && !(p->is & PKT_MULTICAST))
		return drop_with_answer(p, rc, ANSWER_ENQUEUE);
	return rc ? drop(p, rc) : SL_V_NEXT;
}

static __always_inline bool is_whole(struct sl_fragment *row)
{
	__u32 seen = __sync_fetch_and_add(&row->seen, 0), total = *(volatile __u32 *)&row->total;

	return total && seen >= total;
}

/*
 * Several inside hosts choose ids for one outside address: they get new ones (RFC 6864 section 5.3.1).
 * The counters start anywhere, so that an id tells nobody how many there were.
 */
static __always_inline __u16 next_fragment_id(const struct pkt *p, const struct sl_flow *f)
{
	struct sl_addr both = { .w = { f->source4, f->destination4 } };
	__u32 row = hash_of_source(&both, 6, p->protocol, 0) % FRAGMENT_ID_ROWS;
	__u32 *next = bpf_map_lookup_elem(&fragment_ids, &row);

	if (!next)
		return 0;
	if (!*next)
		__sync_val_compare_and_swap(next, 0, bpf_get_prandom_u32() | 0x10000);
	return __sync_fetch_and_add(next, 1);
}

static __always_inline void fill_fragment(struct sl_fragment *row, const struct pkt *p, const struct sl_flow *f)
{
	bool v4 = p->family == 4;

	row->source_port = v4 ? p->key.v4.source_port : p->key.v6.source_port;
	row->destination_port = v4 ? p->key.v4.destination_port : p->key.v6.destination_port;
	row->protocol = p->protocol;
	row->stamp = p->now;
	row->ttl = p->ttl;
	row->flags = v4 && f && (f->flags & SL_FLOW_NEW_SOURCE) ? SL_FRAGMENT_NEW_ID : 0;
	row->new_id = row->flags ? next_fragment_id(p, f) : 0;
	row->open_source = row->open_interface = 0;
	if (f)
		row->flags |= open_datagram(row, p, f) ? SL_FRAGMENT_OPEN : SL_FRAGMENT_HELD;
}

/*
 * The row of an earlier datagram with this id, or of this one? It is this one's while pieces are
 * missing; copies of a first piece come within the second in which a link duplicates or reorders.
 */
static __always_inline bool is_same_datagram(struct sl_fragment *row, const struct pkt *p)
{
	return !is_whole(row) && (__s32)(p->now - row->stamp) <= (__s32)p->hz;
}

/*
 * Only a first piece that its flow (NULL: a policy for multicast) has admitted is noted: a flood of
 * others fills no table.
 */
__noinline int note_first_fragment(struct pkt *p, struct sl_flow *f)
{
	struct scratch *s = scratch_get();
	struct sl_fragment *row;

	if (!p || !s)
		return SL_DROP_INTERNAL;
	row = fragment_find(s, p);
	if (row && is_same_datagram(row, p))
		return SL_DROP_NONE;
	fill_fragment(&s->fragment_row, p, f);
	bpf_map_update_elem(&fragments, &s->fragment, &s->fragment_row, BPF_ANY);
	return SL_DROP_NONE;
}

/* Where pieces of this source, that come in where this one does, wait. */
static __always_inline __u32 frag_queue_of(const struct pkt *p, const struct sl_fragment_key *k)
{
	__u32 group = hash_of_interface(p->vrf, p->ifindex) % SL_FRAG_QUEUE_GROUPS;

	return group * SL_FRAG_QUEUES_A_GROUP +
	       hash_of_source(&k->source, p->family, p->vrf, 0) % SL_FRAG_QUEUES_A_GROUP;
}

/* Whether pieces wait there at all. A full barrier: whoever lets one wait looks for the row afterwards. Its stack is its own. */
__noinline int has_queued(struct pkt *p, struct sl_fragment_key *k)
{
	struct sl_frag_queue *queue;
	__u32 queue_row;

	if (!p || !k)
		return false;
	queue_row = frag_queue_of(p, k);
	queue = bpf_map_lookup_elem(&frag_queues, &queue_row);
	return queue && __sync_fetch_and_add(&queue->used, 0);
}
