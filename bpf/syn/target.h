/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many TCP flows are half open towards each target of a forward that limits them, so that a flood of SYNs fills
 * no server's queue. The bit in the flow's slot is the right to count it down: whoever sees the flow established,
 * reset or ended takes the bit away first, so each flow is counted down once, on whichever CPU.
 */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/state/host_count.h"
#include "bpf/state/maps.h"
#include "bpf/state/slots.h"

#include "maps/accounts.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/slots.h"

#define TARGET_ANY_NUMBER (SL_HOST_GONE - 1)
#define TARGET_TRIES 8

static __always_inline void target_of(const struct sl_tuple *out, struct sl_target *target)
{
	target->address = out->destination;
	target->port = out->destination_port;
	target->vrf = out->vrf;
}

/* Who sent a cookie back has shown that it is there: it counts, but is not refused. */
static __always_inline __u32 limit_of_target(const struct judgement *j)
{
	return j->flags & SL_FLOW_SYNPROXY ? TARGET_ANY_NUMBER : j->half_open;
}

static __always_inline bool has_limited_target(const struct judgement *j)
{
	return j->half_open && j->in.protocol == IPPROTO_TCP;
}

/*
 * SL_DROP_NONE, with SL_FLOW_GUARDED where the count went up. Who could not be counted is refused as well: a SYN is
 * repeated, and a limit that a flood can get round is none.
 */
__noinline int join_target(struct judgement *j, __u32 limit)
{
	struct sl_target target;

	if (!j)
		return SL_DROP_INTERNAL;
	target_of(&j->out, &target);
	if (count_host(&half_open_targets, &target, limit) != HOST_COUNTED)
		return SL_DROP_TARGET_HALF_OPEN;
	j->flags |= SL_FLOW_GUARDED;
	return SL_DROP_NONE;
}

__noinline int uncount_target(struct sl_tuple *out)
{
	struct sl_target target;

	if (!out)
		return 0;
	target_of(out, &target);
	return uncount_host(&half_open_targets, &target);
}

/* A slot that was just taken has no flow yet, so nobody else changes its word. */
static __always_inline void note_target(const struct judgement *j)
{
	struct sl_slot *slot = slot_at(j->in.family, j->slot);

	if (!slot)
		return;
	slot->delta = 0;
	slot->window = j->window;
	slot->mss = j->mss;
	__sync_fetch_and_or(&slot->word, SL_SLOT_TARGET);
}

/* Whether it was this call that took the bit of the flow `original` away. */
static __always_inline bool take_target_bit(struct scratch *s, const struct sl_tuple *original, __u32 number)
{
	struct sl_slot *slot = slot_at(original->family, number);
	__u32 word;
	int i;

	for (i = 0; slot && i < TARGET_TRIES; i++) {
		word = slot_word(slot);
		slot_key(original->family, number, &s->owner);
		if (!slot_is(word, SL_SLOT_TAKEN) || !(word & SL_SLOT_TARGET) || !tuple_equal(&s->owner, original))
			return false;
		if (slot_change(slot, word, word & ~SL_SLOT_TARGET))
			return true;
	}
	return false;
}

/* The flow is half open no more. `o` is the entry of its original direction. */
__noinline int leave_target(struct sl_tuple *original, struct sl_flow *o)
{
	struct scratch *s = scratch_get();

	if (!s || !original || !o || !(o->flags & SL_FLOW_GUARDED) || !take_target_bit(s, original, o->slot))
		return 0;
	s->owner = *original;
	flow_out(o, original->family, &s->owner);
	return uncount_target(&s->owner);
}
