/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The end of flows that nobody uses. Each new flow looks at the next few slots, so dead ones do not pile
 * up while the daemon is away; the daemon goes through all of them now and then, which only makes it
 * prompt.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/flow/end.h"
#include "bpf/state/maps.h"
#include "bpf/state/slots.h"
#include "bpf/state/table.h"
#include "bpf/state/timeout.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/slots.h"

#define GC_LOOKS 4 /* by each new flow; two would do, because at most every second slot is taken */
#define GC_LOOKS_MAX 64
#define GC_LOOKS_SHORT 8    /* by one that finds no port */
#define GC_LOOKS_AT_ONCE 16 /* by one call: the verifier reads each */

/* The shortest time after which a flow of this protocol may be dead, whatever becomes of its state. */
static __always_inline __u32 shortest_timeout(const struct sl_config *c, __u8 protocol)
{
	__u32 half = timeout_of(c, protocol, SL_FLOW_HALF_OPEN), full = timeout_of(c, protocol, SL_FLOW_ESTABLISHED);

	return half < full ? half : full;
}

/* Later than any timeout allows is due as well: the timeouts have become shorter. */
static __always_inline bool is_due(const struct sl_config *c, const struct sl_slot *slot, __u8 protocol, __u32 now)
{
	__u32 ahead = slot->due - now;

	return (__s32)ahead <= 0 || ahead > shortest_timeout(c, protocol);
}

enum { SLOT_IN_USE, SLOT_FREE, SLOT_DEAD };

/* SLOT_DEAD: scratch's `candidate` is to be ended, by the caller: calls may be eight deep and no deeper. */
__noinline int look_at_slot(__u32 family, __u32 number, __u32 now)
{
	struct sl_slot *slot = slot_at(family, number);
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();
	struct sl_flow *o;
	__u32 word;

	if (!slot || !c || !s)
		return SLOT_IN_USE;
	word = slot_word(slot);
	if (!slot_is(word, SL_SLOT_TAKEN))
		return slot_is(word, SL_SLOT_FREE) ? SLOT_FREE : SLOT_IN_USE;
	slot_key(family, number, &s->candidate);
	if (!is_due(c, slot, s->candidate.protocol, now))
		return SLOT_IN_USE;
	o = flow_find(&s->candidate);
	if (!o || o->slot != number)
		return free_slot(&s->candidate, slot, word) ? SLOT_FREE : SLOT_IN_USE;
	tuple_of_peer(&s->candidate, o, &s->peer);
	if (is_idle_too_long(c, &s->candidate, o, flow_find(&s->peer), now))
		return SLOT_DEAD;
	slot->due = now - age_of(o, now) + shortest_timeout(c, s->candidate.protocol);
	return SLOT_IN_USE;
}

#define GC_ENDS 8 /* by one packet at most */

/* The next of scratch's range. True: one is dead, scratch's `candidate` is to be ended. Those that are free are noted. */
__noinline int gc_slots(__u32 family, __u32 now)
{
	__u32 size = slot_count(family), i;
	struct scratch *s = scratch_get();

	if (!s)
		return 0;
	for (i = 0; i < GC_LOOKS_AT_ONCE && s->gc_left; i++) {
		__u32 number = s->gc_next++ % size;
		int found = look_at_slot(family, number, now);

		s->gc_left--;
		if (found != SLOT_IN_USE)
			s->gc_free = number;
		if (found == SLOT_DEAD)
			return 1;
	}
	return 0;
}

/* The next `looks` slots: their dead are ended. Answers one that is free now, or 0. */
static __always_inline __u32 gc(__u8 family, __u32 looks, __u32 now)
{
	__u32 row = SL_GC_CURSOR_OF(family), i;
	struct sl_gc_cursor *cursor = bpf_map_lookup_elem(&gc_cursors, &row);
	struct scratch *s = scratch_get();

	if (!cursor || !s)
		return 0;
	s->gc_next = __sync_fetch_and_add(&cursor->next, looks);
	s->gc_left = looks;
	s->gc_free = 0;
	s->gc_ended = 0;
	for (i = 0; i < GC_ENDS && s->gc_left; i++)
		if (gc_slots(family, now))
			s->gc_ended += end_flow(&s->candidate);
	return s->gc_free;
}
