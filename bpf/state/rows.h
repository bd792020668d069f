/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rows of the tables of flows (maps/flow.h): found, claimed, given back. `const __u8 family` is a constant
 * wherever these are inlined, so that each table gets code of its own.
 *
 * No key stands twice, however many CPUs write it at once: whoever has claimed a row, and with it shown
 * the hash of the key, looks at every other place where the key could stand before the row is taken, and
 * backs off when somebody is there. Of two, one at least sees the other.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/types.h"
#include "bpf/state/maps.h"

#include "maps/config.h"
#include "maps/flow.h"

#define ROW_TRIES 64  /* a fifth of the rows is free at least: 6 of 10 million searches find none */
#define ROW_WAITS 128 /* looks at a row that is being written, which takes as long as a few misses of the caches */
#define ROW_NONE 0xffffffffu
#define ROW_THERE 0xfffffffeu /* the key has a row already, or is just getting one */

typedef __u64 __attribute__((may_alias)) key_pair; /* two words of a key */

static __always_inline __u32 home_count(__u32 family)
{
	return family == 4 ? rows_of(&flows4) : rows_of(&flows6);
}

static __always_inline struct sl_home *home_at(__u32 home, __u32 family)
{
	if (family == 4)
		return apart(bpf_map_lookup_elem(&flows4, &home));
	return apart(bpf_map_lookup_elem(&flows6, &home));
}

static __always_inline void *key_in(struct sl_home *home, __u32 row, const __u8 family)
{
	if (family == 4)
		return &((struct sl_home4 *)home)->key[row & 1];
	return &((struct sl_home6 *)home)->key[row & 1];
}

/* NULL stays NULL. The compiler may not step into the home before that is known. */
static __always_inline struct sl_flow *flow_in(struct sl_home *home, __u32 row, const __u8 family)
{
	if (!home)
		return NULL;
	asm volatile("" : "+r"(home));
	if (family == 4)
		return &((struct sl_home4 *)home)->flow[row & 1];
	return &((struct sl_home6 *)home)->flow[row & 1];
}

static __always_inline __u32 key_hash(const struct sl_config *c, const void *key, const __u8 family)
{
	return family == 4 ? sl_flow_hash(c->flow_secret, key, SL_KEY_WORDS(struct sl_flow4_key)) :
			     sl_flow_hash(c->flow_secret, key, SL_KEY_WORDS(struct sl_flow6_key));
}

static __always_inline bool has_key(struct sl_home *home, __u32 row, const void *key, const __u8 family)
{
	const key_pair *mine = key, *its = key_in(home, row, family);
	__u64 differ = 0;
	int i;

#pragma unroll
	for (i = 0; i < (family == 4 ? 2 : 5); i++)
		differ |= mine[i] ^ its[i];
	return !differ;
}

static __always_inline __u64 row_word(const struct sl_home *home, __u32 row)
{
	return *(volatile const __u64 *)&home->word[row & 1].whole;
}

static __always_inline bool word_is(__u64 word, __u32 hash, __u32 state)
{
	return word >> 32 == hash && (word & SL_ROW_STATE) == state;
}

static __always_inline bool word_change(struct sl_home *home, __u32 row, __u64 from, __u64 to)
{
	return __sync_val_compare_and_swap(&home->word[row & 1].whole, from, to) == from;
}

static __always_inline __u32 *overflow_find(const void *key, const __u8 family)
{
	if (family == 4)
		return apart(bpf_map_lookup_elem(&flow_overflow4, key));
	return apart(bpf_map_lookup_elem(&flow_overflow6, key));
}

static __always_inline int overflow_put(const void *key, __u32 row, const __u8 family)
{
	if (family == 4)
		return apart(bpf_map_update_elem(&flow_overflow4, key, &row, BPF_NOEXIST));
	return apart(bpf_map_update_elem(&flow_overflow6, key, &row, BPF_NOEXIST));
}

static __always_inline void overflow_remove(const void *key, const __u8 family)
{
	if (family == 4)
		apart(bpf_map_delete_elem(&flow_overflow4, key));
	else
		apart(bpf_map_delete_elem(&flow_overflow6, key));
}

/* `turn` becomes the word's low half, which is another one as soon as the row has another owner. */
static __always_inline bool row_has(struct sl_home *home, __u32 row, const void *key, __u32 hash, __u32 *turn,
				    const __u8 family)
{
	__u64 word = row_word(home, row);

	*turn = word;
	return word_is(word, hash, SL_ROW_TAKEN) && has_key(home, row, key, family);
}

/* Answers the number of the row of a key, or ROW_NONE. */
static __always_inline __u32 row_find(const void *key, __u32 *turn, const __u8 family)
{
	struct sl_config *c = config_get();
	struct sl_home *home;
	__u32 hash, at, *elsewhere;

	*turn = 0;
	if (!c)
		return ROW_NONE;
	hash = key_hash(c, key, family);
	at = sl_flow_home(hash, home_count(family));
	home = home_at(at, family);
	if (!home)
		return ROW_NONE;
	if (row_has(home, 0, key, hash, turn, family))
		return 2 * at;
	if (row_has(home, 1, key, hash, turn, family))
		return 2 * at + 1;
	elsewhere = home->overflow ? overflow_find(key, family) : NULL;
	home = elsewhere ? home_at(*elsewhere / 2, family) : NULL;
	return home && row_has(home, *elsewhere, key, hash, turn, family) ? *elsewhere : ROW_NONE;
}

/* The verifier reads what comes after once, however the row was found. */
static __always_inline struct sl_flow *row_flow(__u32 row, const __u8 family)
{
	return flow_in(home_at(row / 2, family), row, family);
}

/* Both of a row at once, for few instructions: where its turn stands, see row_has(), and the flow. NULL stays NULL. */
static __always_inline struct sl_flow *flow_and_turn_in(struct sl_home *home, __u32 row, const __u32 **turn_at,
							const __u8 family)
{
	const __u32 first = family == 4 ? offsetof(struct sl_home4, flow) : offsetof(struct sl_home6, flow);
	__u32 word = (row & 1) * sizeof(union sl_row_word);

	if (!home)
		return NULL;
	asm volatile("" : "+r"(home));
	*turn_at = (void *)home + word + offsetof(union sl_row_word, part.state);
	return (void *)home + first + word * (sizeof(struct sl_flow) / sizeof(union sl_row_word));
}

static __always_inline bool row_claim(struct sl_home *home, __u32 row, __u32 hash)
{
	__u64 word = row_word(home, row);
	__u32 turn = (__u32)word + SL_ROW_TURN;

	return (word & SL_ROW_STATE) == SL_ROW_FREE &&
	       word_change(home, row, word, (__u64)hash << 32 | turn | SL_ROW_BUSY);
}

/* Of who has it to himself: BUSY becomes something else. */
static __always_inline void row_set(__u32 row, __u32 state, __u32 family)
{
	struct sl_home *home = home_at(row / 2, family);

	if (home)
		__sync_fetch_and_add(&home->word[row & 1].whole, (__u64)state - SL_ROW_BUSY);
}

/* And TAKEN. */
static __always_inline void row_write(__u32 row, const void *key, const struct sl_flow *f, const __u8 family)
{
	struct sl_home *home = home_at(row / 2, family);
	struct sl_flow *its = flow_in(home, row, family);

	if (!its)
		return;
	memcpy(key_in(home, row, family), key, family == 4 ? sizeof(struct sl_flow4_key) : sizeof(struct sl_flow6_key));
	memcpy(its, f, sizeof(*f));
	__sync_fetch_and_add(&home->word[row & 1].whole, SL_ROW_TAKEN - SL_ROW_BUSY);
}

/* Whether this call ended what stands there: the row has another state now. */
static __always_inline bool row_end(__u32 row, const void *key, __u32 hash, __u32 state, const __u8 family)
{
	struct sl_home *home = home_at(row / 2, family);
	__u64 word = home ? row_word(home, row) : 0;

	return home && word_is(word, hash, SL_ROW_TAKEN) && has_key(home, row, key, family) &&
	       word_change(home, row, word, word - SL_ROW_TAKEN + state);
}

static __always_inline void overflow_add(__u32 at, __s32 more, __u32 family)
{
	struct sl_home *home = home_at(at, family);

	if (home)
		__sync_fetch_and_add(&home->overflow, more);
}

static __always_inline bool has_overflow(const struct sl_home *home)
{
	return *(volatile const __u32 *)&home->overflow;
}
