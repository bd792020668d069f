/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flows that nobody has answered yet have a quota of their own: places in rings, one ring for a part of
 * the sources. A new one takes the next place of its ring, and who stands there ends, if it still waits:
 * the oldest first. A flood pushes out its own kind, and mostly its own source's. Established flows have
 * left the ring: nothing here ends them.
 */
#pragma once

#define PLACE_TRIES 4
#define PUSH_OUT_TRIES 64

static __always_inline __u32 ring_of(const struct judgement *j)
{
	const struct sl_addr *a = &j->in.source;
	__u32 hash = mix(a->w[0] ^ mix(a->w[1] ^ mix(a->w[2] ^ mix(a->w[3] ^ mix(j->zone_in)))));
	__u32 ring = hash % (SL_HALF_OPEN_RINGS / 2);

	return j->flags & SL_FLOW_OUTSIDE ? ring : ring + SL_HALF_OPEN_RINGS / 2;
}

/*
 * TCP repeats what was lost, and begins anew. A one-way stream of datagrams goes on: it keeps its place
 * while it does. An answer to an invented source proves nothing until that has spoken again.
 */
static __always_inline bool may_be_pushed_out(const struct sl_config *c, const struct sl_tuple *t,
					      const struct sl_flow *o, __u32 now)
{
	if (t->protocol == IPPROTO_TCP)
		return o->state != SL_FLOW_ESTABLISHED;
	if (o->state != SL_FLOW_HALF_OPEN)
		return (o->flags & SL_FLOW_OUTSIDE) && o->packets < 2;
	return o->packets < 3 || age_of(o, now) >= c->timeout[SL_TIMEOUT_UDP_ONE_WAY] / 4;
}

enum { PLACE_HELD, PLACE_FREE, PLACE_GIVES_WAY };

/* PLACE_GIVES_WAY: scratch's `swept` is to be ended, by the caller, for the same reason as in sweep.h. */
__noinline int look_at_place(__u64 place, __u32 now)
{
	__u8 family = (__u32)place & SL_PLACE_IPV6 ? 6 : 4;
	__u32 number = (__u32)place & ~SL_PLACE_IPV6;
	struct sl_slot *slot = slot_at(family, number);
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();
	struct sl_flow *o;

	if (!place || !slot || slot_word(slot) != place >> 32 || !c || !s)
		return PLACE_FREE;
	slot_key(family, number, &s->swept);
	o = flow_find(&s->swept);
	if (!o || o->slot != number)
		return PLACE_FREE;
	if (may_be_pushed_out(c, &s->swept, o, now))
		return PLACE_GIVES_WAY;
	return o->state == SL_FLOW_ESTABLISHED ? PLACE_FREE : PLACE_HELD;
}

/* Whether the place is free now, after the end of who stood there if need be. */
static __always_inline bool clear_place(struct scratch *s, __u64 *place, __u32 now)
{
	switch (look_at_place(*(volatile __u64 *)place, now)) {
	case PLACE_GIVES_WAY:
		end_flow(&s->swept);
		return true;
	case PLACE_FREE:
		return true;
	default:
		return false;
	}
}

static __always_inline __u64 *next_place(const struct judgement *j)
{
	__u32 size = rows_of(&half_open) / SL_HALF_OPEN_RINGS, ring = ring_of(j), row;
	struct sl_hand *hand = bpf_map_lookup_elem(&half_open_hands, &ring);

	if (!hand)
		return NULL;
	row = ring * size + __sync_fetch_and_add(&hand->next, 1) % size;
	return bpf_map_lookup_elem(&half_open, &row);
}

/* For the flow that has taken slot `number`: SL_DROP_NONE or why not. */
__noinline int hold_place(struct judgement *j, __u32 number)
{
	struct scratch *s = scratch_get();
	struct sl_slot *slot;
	__u32 i;

	if (!j || !s)
		return SL_DROP_INTERNAL;
	slot = slot_at(j->in.family, number);
	if (!slot)
		return SL_DROP_INTERNAL;
	for (i = 0; i < PLACE_TRIES; i++) {
		__u64 *place = next_place(j);

		if (!place)
			return SL_DROP_INTERNAL;
		if (!clear_place(s, place, j->now))
			continue;
		*place = (__u64)slot_word(slot) << 32 | number | (j->in.family == 6 ? SL_PLACE_IPV6 : 0);
		return SL_DROP_NONE;
	}
	return SL_DROP_HALF_OPEN_FULL;
}

/*
 * Room in a full table: one that waits ends before its time, found by chance, so that who has most of
 * them loses most. Who comes from outside makes no room for himself among the others.
 */
__noinline int push_out(struct judgement *j)
{
	__u32 i, rows = rows_of(&half_open) / (j && (j->flags & SL_FLOW_OUTSIDE) ? 2 : 1);
	struct scratch *s = scratch_get();

	if (!j || !s)
		return 0;
	for (i = 0; i < PUSH_OUT_TRIES; i++) {
		__u32 row = bpf_get_prandom_u32() % rows;
		__u64 *place = bpf_map_lookup_elem(&half_open, &row);

		if (!place || !*place || look_at_place(*(volatile __u64 *)place, j->now) != PLACE_GIVES_WAY)
			continue;
		*place = 0;
		return end_flow(&s->swept);
	}
	return 0;
}

/* Established: the place that it had is anybody's. */
static __always_inline void leave_half_open(__u8 family, const struct sl_flow *f)
{
	struct sl_slot *slot = f->slot ? slot_at(family, f->slot) : NULL;
	__u32 word = slot ? slot_word(slot) : 0;

	if (slot_is(word, SL_SLOT_TAKEN))
		slot_change(slot, word, word & ~SL_SLOT_HALF_OPEN);
}

/* The answer to an invented source is no proof; see may_be_pushed_out(). */
static __always_inline void note_established(const struct sl_tuple *t, const struct sl_flow *f,
					     const struct sl_flow *peer)
{
	__u16 flags = f->flags | peer->flags;

	if (t->protocol == IPPROTO_TCP || !(flags & SL_FLOW_OUTSIDE))
		leave_half_open(t->family, f);
}
