/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Places where pieces wait, in the kernel: those that came before the first one of their datagram (RFC 4787 REQ-14), and
 * those of datagrams that may not be open (fragment/requeue.h). A place is claimed by compare and swap on its state. Where all are
 * taken the oldest gives way: an honest datagram is together within milliseconds, a forged one never.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/count.h"
#include "bpf/base/maps.h"
#include "bpf/base/types.h"
#include "bpf/fragment/datagram.h"
#include "bpf/state/maps.h"

#include "maps/config.h"
#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/fragment.h"

#define FRAG_QUEUE_SECONDS 2 /* many times what parallel paths differ by; a sender's next try comes later */

static __always_inline bool take_place(struct sl_queued *place, __u32 from)
{
	return __sync_val_compare_and_swap(&place->state, from, SL_QUEUED_BUSY) == from;
}

static __always_inline void leave_place(struct sl_frag_queue *queue, struct sl_queued *place)
{
	__sync_lock_test_and_set(&place->state, SL_QUEUED_FREE);
	__sync_fetch_and_add(&queue->used, -1);
}

/* It was not counted when it came: now it is. */
static __always_inline void count_queued(const struct sl_queued *place, enum sl_drop_reason reason)
{
	struct pkt gone = {};

	gone.slot = place->slot;
	gone.bytes = place->bytes;
	gone.reason = reason;
	count(&gone, SL_V_DROPPED, true);
}

/* Of a datagram that waits for all of its pieces one is gone: it will never be whole. */
static __always_inline void forget_held(struct sl_queued *place)
{
	struct sl_fragment *row = place->held ? bpf_map_lookup_elem(&fragments, &place->key) : NULL;

	if (row && (row->flags & SL_FRAGMENT_HELD))
		bpf_map_delete_elem(&fragments, &place->key);
}

static __always_inline bool is_overdue(const struct sl_queued *place, __u32 now, __u32 hz)
{
	return (__s32)(now - place->stamp) > (__s32)(FRAG_QUEUE_SECONDS * hz);
}

/* What waited in a place that this CPU has taken is dropped. */
static __always_inline void drop_queued(struct sl_queued *place, __u32 now, __u32 hz)
{
	forget_held(place);
	count_queued(place, is_overdue(place, now, hz) ? SL_DROP_FRAGMENT : SL_DROP_FRAGMENTS_FULL);
}

static __always_inline bool has_waited_too_long(const struct sl_queued *place, __u32 now, __u32 hz)
{
	return place->state == SL_QUEUED_WAITS && is_overdue(place, now, hz);
}

/* Frees the place if it has waited too long. */
__noinline int expire_place(__u32 queue_row, __u32 number, __u32 now, __u32 hz)
{
	struct sl_frag_queue *queue = bpf_map_lookup_elem(&frag_queues, &queue_row);
	struct sl_queued *place;

	if (!queue || number >= SL_FRAG_QUEUE_PLACES)
		return 0;
	place = &queue->place[number];
	if (!has_waited_too_long(place, now, hz) || !take_place(place, SL_QUEUED_WAITS))
		return 0;
	drop_queued(place, now, hz);
	leave_place(queue, place);
	return 1;
}

#define PLACES_AT_ONCE 16 /* by one call: the verifier reads each */

__noinline int expire_some(__u32 queue_row, __u32 first, __u32 now, __u32 hz)
{
	struct sl_frag_queue *queue = bpf_map_lookup_elem(&frag_queues, &queue_row);
	__u32 i, number, expired = 0;

	for (i = 0; queue && i < PLACES_AT_ONCE; i++) {
		number = (first + i) % SL_FRAG_QUEUE_PLACES;
		if (queue->place[number].state == SL_QUEUED_WAITS)
			expired += expire_place(queue_row, number, now, hz);
	}
	return expired;
}

/* Frees what has waited too long; answers how many. */
__noinline int expire_frag_queue(__u32 queue_row, __u32 now, __u32 hz)
{
	struct sl_frag_queue *queue = bpf_map_lookup_elem(&frag_queues, &queue_row);
	int i, expired = 0;

	if (!queue || !queue->used)
		return 0;
	for (i = 0; i < SL_FRAG_QUEUE_PLACES; i += PLACES_AT_ONCE)
		expired += expire_some(queue_row, i, now, hz);
	return expired;
}

/* For the garbage collector. */
__noinline int expire_frag_queues(void)
{
	struct sl_config *c = config_get();
	__u32 i, now = bpf_jiffies64();
	int expired = 0;

	for (i = 0; c && i < SL_FRAG_QUEUES; i++)
		expired += expire_frag_queue(i, now, c->hz);
	return expired;
}

#define PLACES_TRIED 8

/* What waits there gives way to another piece. */
__noinline int take_waiting(__u32 queue_row, __u32 number, __u32 now, __u32 hz)
{
	struct sl_frag_queue *queue = bpf_map_lookup_elem(&frag_queues, &queue_row);
	struct sl_queued *place;

	if (!queue || number >= SL_FRAG_QUEUE_PLACES)
		return SL_FRAG_QUEUE_PLACES;
	place = &queue->place[number];
	if (!take_place(place, SL_QUEUED_WAITS))
		return SL_FRAG_QUEUE_PLACES;
	drop_queued(place, now, hz);
	return number;
}

/*
 * A place of this queue that is this CPU's now, or SL_FRAG_QUEUE_PLACES: others write all that were looked at. A free one, or
 * that of the piece that came first: where free places were among taken ones, the next in the row may have come just now, and be
 * of this very datagram.
 */
__noinline int find_place(__u32 queue_row, __u32 now, __u32 hz)
{
	struct sl_frag_queue *queue = bpf_map_lookup_elem(&frag_queues, &queue_row);
	__u32 i, number, first, state, age, oldest = SL_FRAG_QUEUE_PLACES, longest = 0;

	if (!queue)
		return SL_FRAG_QUEUE_PLACES;
	first = __sync_fetch_and_add(&queue->next, 1);
	for (i = 0; i < PLACES_TRIED; i++) {
		number = (first + i) % SL_FRAG_QUEUE_PLACES;
		state = queue->place[number].state;
		if (state == SL_QUEUED_FREE && take_place(&queue->place[number], SL_QUEUED_FREE)) {
			__sync_fetch_and_add(&queue->used, 1);
			return number;
		}
		age = first - queue->place[number].turn;
		if (state == SL_QUEUED_WAITS && age >= longest) {
			longest = age;
			oldest = number;
		}
	}
	return take_waiting(queue_row, oldest, now, hz);
}

static __always_inline void *bytes_of_place(__u32 queue_row, __u32 place)
{
	__u32 row = queue_row * SL_FRAG_QUEUE_PLACES + place;

	return bpf_map_lookup_elem(&queued_bytes, &row);
}

static __always_inline bool fill_place(pkt_ctx *ctx, const struct pkt *p, struct sl_queued *place, void *bytes)
{
	__u32 length = p->bytes;

	if (length == 0 || length > SL_QUEUED_BYTES ||
	    bpf_skb_load_bytes(ctx, p->l3_off, bytes, sized(length, SL_QUEUED_BYTES)))
		return false;
	fragment_key_of(p, &place->key);
	place->ifindex = p->ifindex;
	place->stamp = p->now;
	place->bytes = length;
	place->slot = p->slot;
	return true;
}

/* The number of the place where a copy of the piece waits now, or SL_FRAG_QUEUE_PLACES. */
__noinline int put_in_place(pkt_ctx *ctx, struct pkt *p, __u32 queue_row, __u32 held)
{
	struct sl_frag_queue *queue = bpf_map_lookup_elem(&frag_queues, &queue_row);
	struct sl_queued *place;
	__u32 found;
	void *bytes;

	if (!p || !queue)
		return SL_FRAG_QUEUE_PLACES;
	found = find_place(queue_row, p->now, p->hz);
	if (found >= SL_FRAG_QUEUE_PLACES)
		return SL_FRAG_QUEUE_PLACES;
	place = &queue->place[found];
	bytes = bytes_of_place(queue_row, found);
	if (!bytes || !fill_place(ctx, p, place, bytes)) {
		leave_place(queue, place);
		return SL_FRAG_QUEUE_PLACES;
	}
	place->held = held;
	place->turn = queue->next;
	__sync_lock_test_and_set(&place->state, SL_QUEUED_WAITS);
	return found;
}

/* Whether the piece that was put there was there still; then it is not any more. */
__noinline int take_out_again(__u32 queue_row, __u32 number)
{
	struct sl_frag_queue *queue = bpf_map_lookup_elem(&frag_queues, &queue_row);

	if (!queue || number >= SL_FRAG_QUEUE_PLACES || !take_place(&queue->place[number], SL_QUEUED_WAITS))
		return 0;
	leave_place(queue, &queue->place[number]);
	return 1;
}
