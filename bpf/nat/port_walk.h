/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way of a search through the bitmaps: from word to word of 64 ports, past those where nothing is to be tried, and
 * the next port of a word. What is tried, and in which order, is for nat/port_search.h.
 */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/port_bitmap.h"
#include "bpf/nat/port_claim.h"
#include "bpf/nat/port_exhausted.h"
#include "bpf/nat/port_maps.h"
#include "bpf/nat/port_range.h"

#include "maps/ports.h"

#define ROWS_OF_CHUNK 4 /* a word at the end of the range may be open for others only */
#define NO_PORT -1

/* The words of a chunk where a port may be tried, one bit each; without a branch, which the verifier would follow. */
static __always_inline __u64 open_words(const volatile __u64 *plane, const volatile __u64 *ours, __u64 flip)
{
	__u64 words = 0;
	__u32 i;

	for (i = 0; i < SL_CHUNK_WORDS; i++) {
		__u64 open = (plane[i] ^ flip) & ~ours[i];

		words |= (__u64)is_some(open) << i;
	}
	return words;
}

static __always_inline bool somebody_rests_in(const struct sl_chunk *chunk)
{
	__u64 resting = 0;
	__u32 i;

	for (i = 0; i < SL_CHUNK_WORDS; i++)
		resting |= *(const volatile __u64 *)&chunk->resting[i];
	return resting != 0;
}

/* Behind the chunk of that number, of the address in scratch's `crowd`: whether the next search need not look there. */
__noinline int note_if_quiet(struct sl_chunk *chunk, __u32 number)
{
	struct scratch *s = scratch_get();

	if (!s || !chunk || somebody_rests_in(chunk))
		return 0;
	note_quiet(s, number);
	if (somebody_rests_in(chunk))
		no_longer_quiet(s, number);
	return 1;
}

/* What may still be tried in the word where the search is. */
static __always_inline __u64 candidates(const struct port_search *p, const struct sl_chunk *chunk,
					const struct sl_crowd *crowd)
{
	__u32 at = p->word & (SL_CHUNK_WORDS - 1);
	__u64 open;

	if (p->wanted == PORT_TOWARDS)
		open = crowd ? ~*(const volatile __u64 *)&crowd->taken[at] : 0;
	else if (p->wanted == PORT_RESTING)
		open = *(const volatile __u64 *)&chunk->resting[at];
	else
		open = *(const volatile __u64 *)&chunk->used[at] ^ (p->wanted == PORT_FREE ? ~0ull : 0);
	return open & ~*(const volatile __u64 *)&chunk->ours[at] & ~p->tried &
	       ports_in_word(p->first, p->last, p->word);
}

/* Goes on by so many words; behind the last one comes the first. */
static __always_inline void pass_words(struct port_search *p, __u32 count)
{
	p->word += count;
	if (p->word > p->last / 64)
		p->word = p->first / 64;
	p->left -= count;
	p->words += count - !p->left;
	p->tried = 0;
}

/* How many words lie in a row from where the search is: to the end of the chunk, of the range or of the search. */
static __always_inline __u32 words_in_row(const struct port_search *p)
{
	__u32 count = SL_CHUNK_WORDS - (p->word & (SL_CHUNK_WORDS - 1)), range = p->last / 64 - p->word + 1;

	count = range < count ? range : count;
	return p->left < count ? p->left : count;
}

/* Those of the plane that the search is for. */
static __always_inline __u64 open_words_for(__u32 wanted, const struct sl_chunk *chunk, const struct sl_crowd *crowd)
{
	if (wanted == PORT_TOWARDS)
		return crowd ? open_words(crowd->taken, chunk->ours, ~0ull) : 0;
	if (wanted == PORT_RESTING)
		return open_words(chunk->resting, chunk->ours, 0);
	return open_words(chunk->used, chunk->ours, wanted == PORT_FREE ? ~0ull : 0);
}

/*
 * Leaves the word where the search is, and goes to the next open one of the row, or behind the row where there is none. A call,
 * so that the verifier does not read it once for each row and each state of the search.
 */
__noinline int pass_to_open_word(struct port_search *p, struct sl_chunk *chunk, struct sl_crowd *crowd)
{
	__u32 count, next, number;
	__u64 row;

	if (!p || !chunk)
		return 0;
	number = p->word / SL_CHUNK_WORDS;
	row = open_words_for(p->wanted, chunk,
			     crowd); /* first: behind a branch the verifier would read it once for each */
	pass_words(p, 1);
	if (!p->left || p->word / SL_CHUNK_WORDS != number)
		return 0;
	count = words_in_row(p);
	row = row >> (p->word & (SL_CHUNK_WORDS - 1)) & ~0ull >> ((64 - count) & 63);
	next = row ? free_place(row, 0) : count;
	if (next)
		pass_words(p, next);
	return 0;
}

/*
 * The next port to try in the chunk where the search is, a random one of its word's; NO_PORT: none. `crowd` is the
 * destination's bitmap of the same ports, where the search is for PORT_TOWARDS.
 */
__noinline int next_port(struct port_search *p, struct sl_chunk *chunk, struct sl_crowd *crowd)
{
	__u32 number;
	__u64 open;
	int i;

	if (!p || !chunk)
		return NO_PORT;
	number = p->word / SL_CHUNK_WORDS;
	for (i = 0; i < ROWS_OF_CHUNK && p->left && p->word / SL_CHUNK_WORDS == number; i++) {
		open = candidates(p, chunk, crowd);
		if (open)
			return p->word * 64 + free_place(open, bpf_get_prandom_u32());
		pass_to_open_word(p, chunk, crowd);
	}
	return NO_PORT;
}
