/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pieces that wait, and go on. Those that came before the first one of their datagram: it puts them back where they came
 * in, behind itself. Those of a datagram that may not be open (fragment/open_datagrams.h): the one that makes it whole puts all
 * back. Each takes the whole way again.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/fragment/datagram.h"
#include "bpf/fragment/frag_queue.h"
#include "bpf/fragment/passed.h"
#include "bpf/policy/judge.h"
#include "bpf/state/maps.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/fragment.h"
#include "maps/rules.h"

/* Nobody ever hears from there: a later piece has no ports, so what can be said without them is said before it waits. */
static __always_inline bool is_hopeless(struct judgement *j)
{
	struct sl_zone_pair *there = pair_find(j->version, j->zone_in, j->zone_out);
	struct sl_zone_pair *back = pair_find(j->version, j->zone_out, j->zone_in);

	if (!there || !back || there->action == SL_ACCEPT || back->action == SL_ACCEPT)
		return false;
	return !there->policies.chunks && !back->policies.chunks;
}

/* The source, the way and the zones: SL_DROP_NONE, or why its first piece would be dropped whatever its ports. */
__noinline int judge_piece(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct judgement *j;
	int rc;

	if (!p || !s)
		return SL_DROP_INTERNAL;
	j = &s->judgement;
	judgement_of_packet(j, p);
	rc = judge_source(ctx, j);
	if (!rc)
		rc = find_way(ctx, j);
	if (rc || (j->flags & SL_FLOW_TO_HOST))
		return rc;
	if (is_hidden(j))
		return SL_DROP_INSIDE_ADDRESS;
	return is_hopeless(j) ? SL_DROP_POLICY : SL_DROP_NONE;
}

/* Instead of a drop: what finds no place, or is too long for one, is counted at once. */
__noinline int frag_enqueue(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	__u32 queue_row, found;
	int rc;

	if (!p || !s)
		return SL_V_DROPPED;
	rc = judge_piece(ctx, p);
	if (rc)
		return drop(p, rc);
	fragment_key_of(p, &s->fragment);
	queue_row = frag_queue_of(p, &s->fragment);
	found = put_in_place(ctx, p, queue_row, 0);
	if (found >= SL_FRAG_QUEUE_PLACES)
		return drop(p, SL_DROP_FRAGMENTS_FULL);
	/*
	 * Its first piece may have come on another CPU while this one was put here, and may have seen nothing
	 * waiting: then the piece takes the way again at once.
	 */
	if (!fragment_find(s, p) || !take_out_again(queue_row, found))
		return SL_V_PUT_OFF;
	return bpf_clone_redirect(ctx, p->ifindex, BPF_F_INGRESS) ? drop(p, SL_DROP_INTERNAL) : SL_V_PUT_OFF;
}

static __always_inline bool waits_for(const struct sl_queued *place, const struct sl_fragment_key *k,
				      const struct pkt *p)
{
	return place->state == SL_QUEUED_WAITS && place->key.id == k->id && place->ifindex == p->ifindex &&
	       place->key.vrf == k->vrf && place->key.protocol == k->protocol &&
	       addr_equal(&place->key.source, &k->source) && addr_equal(&place->key.destination, &k->destination) &&
	       !is_overdue(place, p->now, p->hz);
}

enum put_back {
	PUT_BACK_NONE,
	PUT_BACK_SOME, /* the packet is not the piece any more that it was */
	PUT_BACK_STOP, /* no memory: the first piece goes on alone, and the others expire */
	PUT_BACK_HELD, /* the datagram is whole, and the packet waits like the others */
};

/* The packet becomes the one that waited: same link header, these bytes. A copy goes back. */
static __always_inline bool become_queued(pkt_ctx *ctx, const struct pkt *p, const void *bytes, __u32 length)
{
	if (!bytes || length == 0 || length > SL_QUEUED_BYTES)
		return false;
	return !bpf_skb_change_tail(ctx, p->l3_off + length, 0) &&
	       !bpf_skb_store_bytes(ctx, p->l3_off, bytes, sized(length, SL_QUEUED_BYTES), BPF_F_RECOMPUTE_CSUM) &&
	       !bpf_clone_redirect(ctx, p->ifindex, BPF_F_INGRESS);
}

/* Puts back what waits in this place for s->fragment; the first piece before the first of those that wait for it. */
__noinline int put_back_one(pkt_ctx *ctx, struct pkt *p, __u32 queue_row, __u32 number, __u32 done)
{
	struct sl_frag_queue *queue = bpf_map_lookup_elem(&frag_queues, &queue_row);
	struct scratch *s = scratch_get();
	struct sl_queued *place;

	if (!p || !s || !queue || number >= SL_FRAG_QUEUE_PLACES || done == PUT_BACK_STOP)
		return done;
	place = &queue->place[number];
	if (!waits_for(place, &s->fragment, p) || place->held != (done == PUT_BACK_HELD) ||
	    !take_place(place, SL_QUEUED_WAITS))
		return done;
	if (done == PUT_BACK_NONE && bpf_clone_redirect(ctx, p->ifindex, BPF_F_INGRESS)) {
		__sync_lock_test_and_set(&place->state, SL_QUEUED_WAITS);
		return PUT_BACK_STOP;
	}
	if (!become_queued(ctx, p, bytes_of_place(queue_row, number), place->bytes))
		count_queued(place, SL_DROP_INTERNAL);
	leave_place(queue, place);
	return done == PUT_BACK_NONE ? PUT_BACK_SOME : done;
}

__noinline int put_back_some(pkt_ctx *ctx, struct pkt *p, __u32 queue_row, __u32 first, __u32 done)
{
	struct sl_frag_queue *queue = bpf_map_lookup_elem(&frag_queues, &queue_row);
	__u32 i, number;

	for (i = 0; p && queue && i < PLACES_AT_ONCE; i++) {
		number = (first + i) % SL_FRAG_QUEUE_PLACES;
		if (queue->place[number].key.id == p->fragment_id)
			done = put_back_one(ctx, p, queue_row, number, done);
	}
	return done;
}

__noinline int put_back_all(pkt_ctx *ctx, struct pkt *p, __u32 done)
{
	struct scratch *s = scratch_get();
	__u32 queue_row, i;

	if (!p || !s)
		return done;
	queue_row = frag_queue_of(p, &s->fragment);
	for (i = 0; i < SL_FRAG_QUEUE_PLACES; i += PLACES_AT_ONCE)
		done = put_back_some(ctx, p, queue_row, i, done);
	return done;
}

/*
 * The first piece was noted: it goes back first, then those that waited for it. All come by the same
 * queue of the kernel, so they stay in this order.
 */
static __always_inline verdict put_back_queued(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();

	if (!s || !has_queued(p, &s->fragment))
		return SL_V_NEXT;
	return put_back_all(ctx, p, PUT_BACK_NONE) == PUT_BACK_SOME ? SL_V_PUT_OFF : SL_V_NEXT;
}

/* One of those who see it whole: its row begins anew, and its pieces pass. */
static __always_inline bool let_pass(struct scratch *s, const struct pkt *p, struct sl_fragment *row)
{
	__u32 total = *(volatile __u32 *)&row->total;

	if (!total || __sync_val_compare_and_swap(&row->total, total, 0) != total)
		return false;
	s->fragment_row.source_port = row->source_port;
	s->fragment_row.destination_port = row->destination_port;
	s->fragment_row.new_id = row->new_id;
	s->fragment_row.protocol = row->protocol;
	s->fragment_row.flags = row->flags & SL_FRAGMENT_NEW_ID;
	s->fragment_row.ttl = row->ttl;
	s->fragment_row.stamp = p->now; /* so that the first piece is not taken for another one's */
	return !bpf_map_update_elem(&fragments, &s->fragment, &s->fragment_row, BPF_ANY);
}

/* A copy waits before it is noted: whoever sees all noted finds all. */
__noinline int hold(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_fragment *row;
	__u32 queue_row, found;

	if (!p || !s)
		return SL_V_DROPPED;
	row = fragment_find(s, p);
	if (!row)
		return drop(p, SL_DROP_FRAGMENT);
	queue_row = frag_queue_of(p, &s->fragment);
	found = put_in_place(ctx, p, queue_row, 1);
	if (found >= SL_FRAG_QUEUE_PLACES)
		return drop(p, SL_DROP_FRAGMENTS_FULL);
	if (overlaps(row, p))
		return take_out_again(queue_row, found) ? drop(p, SL_DROP_OVERLAP) : SL_V_PUT_OFF;
	if (!(row->flags & SL_FRAGMENT_UNSURE) && is_whole(row) && let_pass(s, p, row))
		put_back_all(ctx, p, PUT_BACK_HELD);
	return SL_V_PUT_OFF;
}
