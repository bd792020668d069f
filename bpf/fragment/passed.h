/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What of a datagram has passed, as bits, so that no piece overlaps another (RFC 1858, RFC 5722); and whether the receiver has
 * all of it.
 */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/fragment/datagram.h"
#include "bpf/fragment/open_datagrams.h"
#include "bpf/proto/ipv4.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/fragment.h"

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

/*
 * Whether the receiver may never have this piece: it dies on its way, although others of its datagram do not; or the receiver
 * does not take its options. Then the datagram is never whole there.
 */
static __always_inline bool may_be_lost(const struct sl_fragment *row, const struct pkt *p)
{
	__u32 headers = p->piece_off - p->l3_off, plain = p->family == 4 ? 20 : 48; /* with the fragment header */

	return p->ttl != row->ttl || headers != plain;
}

static __always_inline void note_unsure(struct sl_fragment *row, const struct pkt *p)
{
	if (may_be_lost(row, p))
		row->flags |= SL_FRAGMENT_UNSURE;
}

/* What is not sure to be whole at the receiver stays counted until that gives it up. */
static __always_inline void note_passed(struct sl_fragment *row)
{
	if (!(row->flags & SL_FRAGMENT_OPEN) || (row->flags & SL_FRAGMENT_UNSURE) || !is_whole(row))
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
	if (!has_right_header(ctx, p))
		return drop(p, SL_DROP_BAD_HEADER);
	note_unsure(row, p);
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
