/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Slots of flows (maps/slots.h): found, taken, given back. Who reads a slot's key while it changes
 * owners reads nonsense, and finds it out: the word has changed as well.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/state/accounts.h"
#include "bpf/state/maps.h"

#include "maps/flow.h"
#include "maps/slots.h"

#define SLOT_TRIES 32
#define SLOT_CHANGES 8 /* of its word, that an owner can see: a few bits go, each once */

static __always_inline struct sl_slot *slot_at(__u8 family, __u32 number)
{
	if (family == 4)
		return apart(bpf_map_lookup_elem(&flow_slots4, &number));
	return apart(bpf_map_lookup_elem(&flow_slots6, &number));
}

static __always_inline __u32 slot_word(const struct sl_slot *slot)
{
	return *(volatile const __u32 *)&slot->word;
}

static __always_inline bool slot_is(__u32 word, __u32 state)
{
	return (word & SL_SLOT_STATE) == state;
}

static __always_inline bool slot_change(struct sl_slot *slot, __u32 from, __u32 to)
{
	return __sync_val_compare_and_swap(&slot->word, from, to) == from;
}

/* Looked up anew each time: of a pointer to either table the verifier believes the smaller row. */
static __always_inline void slot_key(__u8 family, __u32 number, struct sl_tuple *t)
{
	if (family == 4) {
		struct sl_flow_slot4 *slot = bpf_map_lookup_elem(&flow_slots4, &number);

		if (slot)
			tuple_from4(&slot->key, t);
	} else {
		struct sl_flow_slot6 *slot = bpf_map_lookup_elem(&flow_slots6, &number);

		if (slot)
			tuple_from6(&slot->key, t);
	}
}

static __always_inline void slot_set_key(__u32 number, const struct sl_tuple *t)
{
	if (t->family == 4) {
		struct sl_flow_slot4 *slot = bpf_map_lookup_elem(&flow_slots4, &number);

		if (slot)
			key4_of(t, &slot->key);
	} else {
		struct sl_flow_slot6 *slot = bpf_map_lookup_elem(&flow_slots6, &number);

		if (slot)
			key6_of(t, &slot->key);
	}
}

/* Whether slot `number` was free, and is the flow's now, with what it has in its accounts. */
__noinline int slot_take(struct judgement *j, __u32 number, __u32 due)
{
	struct sl_slot *slot;
	__u32 free, busy;

	if (!j || !number)
		return 0;
	slot = slot_at(j->in.family, number);
	if (!slot)
		return 0;
	free = slot_word(slot);
	busy = (free & ~(SL_SLOT_TURN - 1)) + SL_SLOT_TURN + SL_SLOT_BUSY;
	if (!slot_is(free, SL_SLOT_FREE) || !slot_change(slot, free, busy))
		return 0;
	slot->due = due;
	slot->account = j->account;
	slot->tenant = j->tenant;
	slot_set_key(number, &j->in);
	return slot_change(slot, busy, busy - SL_SLOT_BUSY + SL_SLOT_TAKEN + SL_SLOT_HALF_OPEN);
}

/*
 * `first` is a slot that was seen free, or 0. At most every second slot is taken, so each of the other
 * tries finds a free one with at least that chance, however they lie. Answers 0 when none was found.
 */
__noinline int take_slot(struct judgement *j, __u32 first, __u32 due)
{
	__u32 i, number = first;

	if (!j)
		return 0;
	for (i = 0; i < SLOT_TRIES; i++) {
		if (slot_take(j, number, due))
			return number;
		number = bpf_get_prandom_u32() % slot_count(j->in.family);
	}
	return 0;
}

/* The slot of `t`, when its word was `taken`. Whoever frees it gives back what the flow had in its accounts. */
static __always_inline bool free_slot(struct sl_tuple *t, struct sl_slot *slot, __u32 taken)
{
	__u32 account = slot->account, tenant = slot->tenant;

	if (!slot_change(slot, taken, taken & ~(SL_SLOT_TURN - 1)))
		return false;
	if (taken & SL_SLOT_HALF_OPEN)
		end_waiting(t, account, tenant);
	leave_accounts(t, account, tenant);
	return true;
}

/* The flow `t` is gone. The collector may have seen that before, and another flow may have the slot now. */
__noinline int leave_slot(struct sl_tuple *t, __u32 number)
{
	struct scratch *s = scratch_get();
	struct sl_slot *slot;
	__u32 word;
	int i;

	if (!s || !t || !number)
		return 0;
	slot = slot_at(t->family, number);
	for (i = 0; slot && i < SLOT_CHANGES; i++) {
		word = slot_word(slot);
		slot_key(t->family, number, &s->owner);
		if (!slot_is(word, SL_SLOT_TAKEN) || !tuple_equal(&s->owner, t))
			return 0;
		if (free_slot(t, slot, word))
			return 1;
	}
	return 0;
}
