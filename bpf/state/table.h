/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables of flows by tuples of either family, away from the packet's own key. What is called here is
 * verified once, however many ask; and the key is in the scratch memory: these end the deepest chains of calls,
 * and Linux 6.1 counts at least 32 bytes a call.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/state/rows.h"

#include "maps/config.h"
#include "maps/flow.h"

/* Answers the number of the row, or ROW_NONE; scratch says in which turn it was found. */
__noinline int flow_row(struct sl_tuple *t)
{
	struct scratch *s = scratch_get();

	if (!s || !t)
		return ROW_NONE;
	if (t->family == 4) {
		key4_of(t, &s->key.v4);
		return row_find(&s->key.v4, &s->turn, 4);
	}
	key6_of(t, &s->key.v6);
	return row_find(&s->key.v6, &s->turn, 6);
}

static __always_inline struct sl_flow *flow_at(__u32 row, __u32 family)
{
	return family == 4 ? row_flow(row, 4) : row_flow(row, 6);
}

static __always_inline struct sl_flow *flow_find(struct sl_tuple *t)
{
	__u32 row = flow_row(t);

	return flow_at(row, t->family);
}

/* As still_of_flow(), for what was found by a tuple. */
static __always_inline bool row_still_has(__u32 row, __u32 turn, __u32 family)
{
	struct sl_home *home = home_at(row / 2, family);

	return home && (__u32)row_word(home, row) == turn;
}

/* Whether the key in scratch stands in this row, or is being written there. */
__noinline int is_rival(__u32 row, __u32 hash, __u32 family)
{
	struct sl_home *home = home_at(row / 2, family);
	struct scratch *s = scratch_get();
	__u64 word;
	int i;

	if (!home || !s)
		return 0;
	word = row_word(home, row);
	for (i = 0; i < ROW_WAITS && word_is(word, hash, SL_ROW_BUSY); i++)
		word = row_word(home, row);
	if (word_is(word, hash, SL_ROW_BUSY))
		return 1;
	if (!word_is(word, hash, SL_ROW_TAKEN))
		return 0;
	if (family == 4) { /* of a pointer to either table the verifier believes the smaller home */
		home = home_at(row / 2, 4);
		return home && has_key(home, row, &s->key.v4, 4);
	}
	home = home_at(row / 2, 6);
	return home && has_key(home, row, &s->key.v6, 6);
}

/* A call of its own, which the verifier reads once and not for each try. */
__noinline int claim_one(__u32 row, __u32 hash, __u32 family)
{
	struct sl_home *home = home_at(row / 2, family);

	return home && row_claim(home, row, hash);
}

/* Any free row but those of its home, because who stands there is no elsewhere: BUSY then; or ROW_NONE. */
static __always_inline __u32 claim_any(__u32 at, __u32 hash, __u32 family)
{
	__u32 i, row, rows = 2 * home_count(family);

	for (i = 0; i < ROW_TRIES; i++) {
		row = bpf_get_prandom_u32() % rows;
		if (row / 2 != at && claim_one(row, hash, family))
			return row;
	}
	return ROW_NONE;
}

static __always_inline void forget_overflow(struct scratch *s, __u32 family)
{
	if (family == 4)
		overflow_remove(&s->key.v4, 4);
	else
		overflow_remove(&s->key.v6, 6);
}

/* The key in scratch, which has found no room at home, gets this row: 0, EEXIST_RC or E2BIG_RC. */
__noinline int note_overflow(__u32 row, __u32 at, __u32 hash, __u32 family)
{
	struct scratch *s = scratch_get();
	int rc;

	if (!s || row == ROW_NONE)
		return E2BIG_RC;
	overflow_add(at, 1, family);
	rc = family == 4 ? overflow_put(&s->key.v4, row, 4) : overflow_put(&s->key.v6, row, 6);
	if (!rc && !is_rival(2 * at, hash, family) && !is_rival(2 * at + 1, hash, family))
		return 0;
	if (!rc)
		forget_overflow(s, family);
	overflow_add(at, -1, family);
	return rc && rc != EEXIST_RC ? E2BIG_RC : EEXIST_RC;
}

/* A row away from home for the key in scratch, BUSY until it is written; or ROW_THERE, ROW_NONE. */
__noinline int claim_away(__u32 at, __u32 hash, __u32 family)
{
	__u32 row = claim_any(at, hash, family);
	int rc = note_overflow(row, at, hash, family);

	if (!rc)
		return row;
	if (row != ROW_NONE)
		row_set(row, SL_ROW_FREE, family);
	return rc == EEXIST_RC ? ROW_THERE : ROW_NONE;
}

/* The same for a row of this home, with a call only where the hash is the key's. */
static __always_inline bool has_rival(const struct sl_home *home, __u32 row, __u32 hash, __u32 family)
{
	__u64 word = row_word(home, row);

	return word >> 32 == hash && (word & SL_ROW_STATE) != SL_ROW_FREE && is_rival(row, hash, family);
}

/* A row at home, BUSY then, with no rival when it was looked at before; or ROW_THERE, ROW_NONE. */
static __always_inline __u32 claim_home(struct sl_home *home, __u32 at, __u32 hash, __u32 family)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < 2; i++)
		if (has_rival(home, 2 * at + i, hash, family))
			return ROW_THERE;
#pragma unroll
	for (i = 0; i < 2; i++) {
		if (row_claim(home, i, hash))
			return 2 * at + i;
		if (has_rival(home, 2 * at + i, hash, family))
			return ROW_THERE;
	}
	return ROW_NONE;
}

/* Loads do not wait for each other: the row that will be written, most likely, is on its way meanwhile. */
static __always_inline void fetch_row(struct sl_home *home, const __u8 family)
{
	struct sl_flow *f = flow_in(home, 0, family);

	if (!f)
		return;
	*(volatile __be32 *)&f->source4;
	*(volatile __be32 *)&f->source6;
}

static __always_inline int row_insert(const void *key, const struct sl_flow *f, const __u8 family)
{
	struct sl_config *c = config_get();
	struct sl_home *home;
	__u32 hash, at, row;

	if (!c)
		return E2BIG_RC;
	hash = key_hash(c, key, family);
	at = sl_flow_home(hash, home_count(family));
	home = home_at(at, family);
	if (!home)
		return E2BIG_RC;
	fetch_row(home, family);
	row = claim_home(home, at, hash, family);
	if (row == ROW_NONE) {
		row = claim_away(at, hash, family);
	} else if (row != ROW_THERE &&
		   (has_rival(home, row ^ 1, hash, family) || (has_overflow(home) && overflow_find(key, family)))) {
		row_set(row, SL_ROW_FREE, family);
		row = ROW_THERE;
	}
	if (row == ROW_THERE)
		return EEXIST_RC;
	if (row == ROW_NONE)
		return E2BIG_RC;
	row_write(row, key, f, family);
	return 0;
}

/* 0, EEXIST_RC or E2BIG_RC. */
__noinline int flow_insert(struct sl_tuple *t, struct sl_flow *f)
{
	struct scratch *s = scratch_get();

	if (!s || !t || !f)
		return E2BIG_RC;
	if (t->family == 4) {
		key4_of(t, &s->key.v4);
		return row_insert(&s->key.v4, f, 4);
	}
	key6_of(t, &s->key.v6);
	return row_insert(&s->key.v6, f, 6);
}

static __always_inline int row_remove(const void *key, const __u8 family)
{
	struct sl_config *c = config_get();
	__u32 hash, at, row, *elsewhere;
	struct sl_home *home;

	if (!c)
		return ENOENT_RC;
	hash = key_hash(c, key, family);
	at = sl_flow_home(hash, home_count(family));
	if (row_end(2 * at, key, hash, SL_ROW_FREE, family) || row_end(2 * at + 1, key, hash, SL_ROW_FREE, family))
		return 0;
	home = home_at(at, family);
	elsewhere = home && has_overflow(home) ? overflow_find(key, family) : NULL;
	if (!elsewhere)
		return ENOENT_RC;
	row = *elsewhere;
	if (!row_end(row, key, hash, SL_ROW_BUSY, family))
		return ENOENT_RC;
	overflow_remove(key, family);
	overflow_add(at, -1, family);
	row_set(row, SL_ROW_FREE, family);
	return 0;
}

/* 0, or ENOENT_RC: another CPU was first. */
__noinline int flow_remove(struct sl_tuple *t)
{
	struct scratch *s = scratch_get();

	if (!s || !t)
		return ENOENT_RC;
	if (t->family == 4) {
		key4_of(t, &s->key.v4);
		return row_remove(&s->key.v4, 4);
	}
	key6_of(t, &s->key.v6);
	return row_remove(&s->key.v6, 6);
}
