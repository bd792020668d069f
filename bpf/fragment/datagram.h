/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Datagrams in pieces (docs/decisions/0011-fragments-without-reassembly.md). The pieces that follow
 * the first have no ports: they are found by source, destination and id. What has passed is noted as
 * bits, so that no piece overlaps another (RFC 1858, RFC 5722).
 */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
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

static __always_inline __u64 bits_between(__u32 word, __u32 from, __u32 to)
{
	__u64 mask = ~0ull;

	if (word == from / 64)
		mask <<= from % 64;
	if (word == (to - 1) / 64)
		mask &= ~0ull >> (63 - (to - 1) % 64);
	return mask;
}

enum { UNITS_NEW = 1, UNITS_OLD = 2 };

__noinline int set_units_of(struct sl_fragment *row, __u32 word, __u32 from, __u32 to)
{
	__u64 mask = bits_between(word, from, to), at = word & (SL_FRAGMENT_WORDS - 1), before;

	if (!row)
		return UNITS_NEW | UNITS_OLD;
	asm volatile("" : "+r"(at)); /* the verifier shall see the bound of what is used */
	before = __sync_fetch_and_or(&row->units[at], mask);
	return (before & mask ? UNITS_OLD : 0) | (mask & ~before ? UNITS_NEW : 0);
}

/* Sets the bits of units from .. to - 1; answers whether some were new, and some were set before. */
__noinline int set_units(struct sl_fragment *row, __u32 from, __u32 to)
{
	__u32 i, word = from / 64, last = (to - 1) / 64;
	int found = 0;

	if (!row || from >= to || last >= SL_FRAGMENT_WORDS)
		return UNITS_NEW | UNITS_OLD;
	for (i = 0; i < SL_FRAGMENT_WORDS && word <= last; i++, word++)
		found |= set_units_of(row, word, from, to);
	return found;
}

/* The last piece says how long the datagram is; whatever contradicts that is an overlap too. */
static __always_inline bool contradicts_end(struct sl_fragment *row, const struct pkt *p, __u32 to)
{
	bool last = !(p->is & PKT_MORE);

	if (row->total && (last ? to != row->total : to > row->total))
		return true;
	if (last && row->end > to)
		return true;
	if (row->end < to)
		row->end = to;
	if (last)
		row->total = to;
	return false;
}

static __always_inline bool is_other_first(const struct sl_fragment *row, const struct pkt *p)
{
	__be16 source = p->family == 4 ? p->key.v4.source_port : p->key.v6.source_port;
	__be16 destination = p->family == 4 ? p->key.v4.destination_port : p->key.v6.destination_port;

	return row->source_port != source || row->destination_port != destination || row->protocol != p->protocol;
}

/* What was there already is dropped by itself; half of that is an attack, and ends the datagram (RFC 5722). */
static __always_inline bool overlaps(struct sl_fragment *row, const struct pkt *p)
{
	__u32 bytes = p->bytes - (p->piece_off - p->l3_off), to = p->piece_at + (bytes + 7) / 8;
	int found;

	if (row->flags & SL_FRAGMENT_POISONED)
		return true;
	if (is_other_first(row, p) || contradicts_end(row, p, to)) {
		row->flags |= SL_FRAGMENT_POISONED;
		return true;
	}
	found = set_units(row, p->piece_at, to);
	if (found == (UNITS_NEW | UNITS_OLD))
		row->flags |= SL_FRAGMENT_POISONED;
	if (found & UNITS_OLD)
		return true;
	__sync_fetch_and_add(&row->seen, to - p->piece_at);
	return false;
}

static __always_inline bool write_fragment_id(pkt_ctx *ctx, const struct pkt *p, __be16 id)
{
	struct iphdr *ip = hdr_at(ctx, p->l3_off, struct iphdr);

	if (!ip)
		return false;
	ip->check = csum_apply(ip->check, csum_delta(ip->id, id));
	ip->id = id;
	return true;
}

static __always_inline void note_passed(struct sl_fragment *row)
{
	if (!(row->flags & SL_FRAGMENT_OPEN) || !is_whole(row))
		return;
	row->flags &= ~SL_FRAGMENT_OPEN;
	close_datagram(row);
}

/*
 * The last look at a piece before it is rewritten or given to the host: it fits the others. SL_V_HANDED_ON: it is to
 * wait for them, with tc.
 */
__noinline int pass_fragment(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	struct scratch *s = scratch_get();
	struct sl_fragment *row;

	if (!p || !f || !s)
		return SL_V_DROPPED;
	row = fragment_find(s, p);
	if (!row)
		return drop(p, SL_DROP_FRAGMENT); /* evicted meanwhile */
	if (row->flags & SL_FRAGMENT_HELD)
		return SL_V_HANDED_ON;
	if (overlaps(row, p))
		return drop(p, SL_DROP_OVERLAP);
	note_passed(row);
	if ((row->flags & SL_FRAGMENT_NEW_ID) && (f->flags & SL_FLOW_NEW_SOURCE) &&
	    !write_fragment_id(ctx, p, row->new_id))
		return drop(p, SL_DROP_INTERNAL);
	return SL_V_NEXT;
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
