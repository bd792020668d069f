/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flows that nobody has answered yet have places of their own, any one of their half of them. Where none is free, a new
 * one takes the place of another that waits, and that flow ends: one of a tenant that has more of them, or one of a host
 * of its own tenant that has as many; the oldest. So a flood pushes out its own kind. Established flows have no place:
 * nothing here ends them.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/flow/end.h"
#include "bpf/flow/gc.h"
#include "bpf/state/accounts.h"
#include "bpf/state/maps.h"
#include "bpf/state/slots.h"
#include "bpf/state/table.h"
#include "bpf/state/timeout.h"

#include "maps/accounts.h"
#include "maps/config.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/slots.h"

#define PLACE_LOOKS 16  /* for a free one */
#define VICTIM_LOOKS 16 /* at least one in e^16/M of a flood that has 1/M of the places goes wrong */
#define ADMISSION_LOOKS 64
#define FEW_WAIT 32 /* who has no more may take the place of a host that has fewer */

/*
 * TCP repeats what was lost, and begins anew. A one-way stream of datagrams goes on. An answer to an invented source
 * proves nothing until that has spoken again.
 */
static __always_inline bool waits(const struct sl_tuple *t, const struct sl_flow *o)
{
	if (t->protocol == IPPROTO_TCP)
		return o->state != SL_FLOW_ESTABLISHED;
	return o->state == SL_FLOW_HALF_OPEN || ((o->holds & SL_HOLDS_OUTSIDE) && o->packets < 2);
}

static __always_inline bool goes_on(const struct sl_config *c, const struct sl_tuple *t, const struct sl_flow *o,
				    __u32 now)
{
	return t->protocol != IPPROTO_TCP && o->packets >= 3 && age_of(o, now) < c->timeout[SL_TIMEOUT_UDP_ONE_WAY] / 4;
}

/* Established: the place that it had is anybody's. */
__noinline int leave_half_open(__u32 family, __u32 number)
{
	struct sl_slot *slot = number ? slot_at(family, number) : NULL;
	struct scratch *s = scratch_get();
	__u32 word, account, tenant;
	int i;

	for (i = 0; slot && s && i < SLOT_CHANGES; i++) {
		word = slot_word(slot);
		if (!slot_is(word, SL_SLOT_TAKEN) || !(word & SL_SLOT_HALF_OPEN))
			return 0;
		account = slot->account;
		tenant = slot->tenant;
		slot_key(family, number, &s->owner);
		if (slot_change(slot, word, word & ~SL_SLOT_HALF_OPEN))
			return end_waiting(&s->owner, account, tenant);
	}
	return 0;
}

/* How much better it is that this one ends than another; 0: not for this judgement. */
enum { NOT_THIS, NO_MORE_THAN_OTHERS = 2, OWN_EXCESS = 4, OTHERS_EXCESS = 6 };

static __always_inline int excess_of_host(const struct judgement *j, const struct sl_tuple *t,
					  const struct sl_slot *slot)
{
	struct sl_account *own = account_of(&j->in, j->account), *account = account_of(t, slot->account);
	__u32 waiting = account ? *(volatile __u32 *)&account->waiting : 0;

	if (account == own)
		return OWN_EXCESS;
	if (j->over == OVER_HOST)
		return NOT_THIS;
	if (waiting > j->host_waiting)
		return OWN_EXCESS;
	return waiting == j->host_waiting || j->host_waiting <= FEW_WAIT ? NO_MORE_THAN_OTHERS : NOT_THIS;
}

static __always_inline int excess_of(const struct judgement *j, const struct sl_tuple *t, const struct sl_slot *slot)
{
	__u32 number = slot->tenant;
	struct sl_tenant *tenant;

	if (number == j->tenant)
		return excess_of_host(j, t, slot);
	if (j->over != OVER_NOTHING)
		return NOT_THIS;
	tenant = bpf_map_lookup_elem(&tenant_flows, &number);
	return tenant && tenant->waiting > j->tenant_waiting ? OTHERS_EXCESS : NOT_THIS;
}

/* Of its half; or of all, but who comes from outside makes no room for himself among the others. */
static __always_inline __u32 any_place(const struct judgement *j, bool of_all)
{
	__u32 rows = rows_of(&half_open), chance = bpf_get_prandom_u32();

	if (j->holds & SL_HOLDS_OUTSIDE)
		return chance % (rows / 2);
	return of_all ? chance % rows : rows / 2 + chance % (rows / 2);
}

static __always_inline __u64 place_at(__u32 row)
{
	__u64 *at = bpf_map_lookup_elem(&half_open, &row);

	return at ? *(volatile __u64 *)at : 0;
}

static __always_inline bool take_place_in(__u32 row, __u64 was, __u64 place)
{
	__u64 *at = bpf_map_lookup_elem(&half_open, &row);

	return at && __sync_val_compare_and_swap(at, was, place) == was;
}

static __always_inline __u8 family_of_place(__u64 place)
{
	return (__u32)place & SL_PLACE_IPV6 ? 6 : 4;
}

static __always_inline __u32 slot_of_place(__u64 place)
{
	return (__u32)place & ~SL_PLACE_IPV6;
}

static __always_inline bool place_is_free(__u64 place)
{
	struct sl_slot *slot = slot_at(family_of_place(place), slot_of_place(place));

	return !place || !slot || slot_word(slot) != place >> 32;
}

/*
 * In its half, where the collector is among the slots: those who come one after the other are neighbours, and so is what
 * they bring into the caches. Those who wait for long are neighbours too, so this is for a first look only.
 */
static __always_inline __u32 next_place(const struct judgement *j, const struct scratch *s)
{
	__u32 half = rows_of(&half_open) / 2, next = s->gc_next / GC_LOOKS % half;

	return j->holds & SL_HOLDS_OUTSIDE ? next : half + next;
}

/* Whether the place was free, and is taken. The steps of loops are calls: the verifier reads each once. */
__noinline int try_place(__u32 row, __u64 place)
{
	__u64 was = place_at(row);

	return place_is_free(was) && take_place_in(row, was, place);
}

#define RATE_AGE_BITS 24

/* How good it is that this flow ends, which the judgement may end by `excess`: the longer it waits the better. */
static __always_inline __u32 rate(const struct sl_config *c, const struct sl_tuple *t, const struct sl_flow *o,
				  __u32 now, __u32 excess)
{
	__u32 age = age_of(o, now);

	if (age >> RATE_AGE_BITS)
		age = (1 << RATE_AGE_BITS) - 1;
	return (excess + !goes_on(c, t, o, now)) << RATE_AGE_BITS | age;
}

enum { LOOK_ON, LOOK_ANSWERED };

/* Who stands in a place found by chance becomes scratch's `victim` if that is better. LOOK_ANSWERED: `candidate` need not wait. */
__noinline int try_victim(struct judgement *j, __u32 row)
{
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();
	__u64 place = place_at(row);
	__u32 number = slot_of_place(place), rated;
	__u8 family = family_of_place(place);
	struct sl_slot *slot = slot_at(family, number);
	struct sl_flow *o;
	int excess;

	if (!place || !slot || slot_word(slot) != place >> 32 || !j || !c || !s)
		return LOOK_ON;
	slot_key(family, number, &s->candidate);
	o = flow_find(&s->candidate);
	if (!o || o->slot != number) /* it ends, or has not begun */
		return LOOK_ON;
	if (!waits(&s->candidate, o)) {
		s->answered = number;
		return LOOK_ANSWERED;
	}
	excess = excess_of(j, &s->candidate, slot);
	rated = excess == NOT_THIS ? 0 : rate(c, &s->candidate, o, j->now, excess);
	if (rated > s->victim_rate) {
		s->victim_rate = rated;
		s->victim = s->candidate;
		s->victim_row = row;
		s->victim_place = place;
	}
	return LOOK_ON;
}

/* The best of so many found by chance is in scratch's `victim` then. False: there is none. */
static __always_inline bool find_victim(struct judgement *j, struct scratch *s, __u32 looks, bool of_all)
{
	__u32 i;

	s->victim_rate = 0;
	for (i = 0; i < looks; i++)
		if (try_victim(j, any_place(j, of_all)) == LOOK_ANSWERED)
			leave_half_open(s->candidate.family, s->answered);
	return s->victim_rate != 0;
}

/* For the flow that has taken slot `number`: SL_DROP_NONE or why not. */
__noinline int hold_place(struct judgement *j, __u32 number)
{
	struct scratch *s = scratch_get();
	struct sl_slot *slot;
	__u64 place;
	__u32 i;

	if (!j || !s)
		return SL_DROP_INTERNAL;
	slot = slot_at(j->in.family, number);
	if (!slot)
		return SL_DROP_INTERNAL;
	place = (__u64)slot_word(slot) << 32 | number | (j->in.family == 6 ? SL_PLACE_IPV6 : 0);
	for (i = 0; i < PLACE_LOOKS; i++)
		if (try_place(i ? any_place(j, false) : next_place(j, s), place))
			return SL_DROP_NONE;
	if (!find_victim(j, s, VICTIM_LOOKS, false))
		return SL_DROP_HALF_OPEN_FULL;
	end_flow(&s->victim);
	take_place_in(s->victim_row, s->victim_place, place); /* where another CPU was faster it waits without one */
	return SL_DROP_NONE;
}

/* A place in the table of flows: one that waits ends before its time. Answers whether one did. */
__noinline int push_out(struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!j || !s || !find_victim(j, s, ADMISSION_LOOKS, true))
		return 0;
	return end_flow(&s->victim);
}

/* The answer to an invented source is no proof; see waits(). */
static __always_inline void note_established(const struct sl_tuple *t, const struct sl_flow *f,
					     const struct sl_flow *peer)
{
	__u8 holds = f->holds | peer->holds;

	if (t->protocol == IPPROTO_TCP || !(holds & SL_HOLDS_OUTSIDE))
		leave_half_open(family_begun(f, t->family), f->slot);
}
