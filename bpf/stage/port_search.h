/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The search for a free port: from a place that is hard to guess (RFC 6056), over every word of the bitmaps
 * once, so that a free port is found as long as there is one, at a cost that has a bound.
 */
#pragma once

#define FREE_TRIES 2048  /* each of them sets a bit, so that the next search does without */
#define RESTING_TRIES 64 /* ports of other hosts that a search for one's own looks at */
#define LOST_TRIES 16    /* bits that may stand there without a row */
#define BLIND_TRIES 64
#define SEARCH_TRIES 32  /* of one call: the verifier reads each */
#define SEARCH_CALLS 128 /* more than there are chunks and such tries */
#define NO_PORT -1

/* Ports of the range within one word. */
static __always_inline __u64 mask_of(const struct port_search *p, __u32 word)
{
	__u32 low = word * 64, first = p->first > low ? p->first - low : 0;
	__u32 last = p->last < low + 63 ? p->last - low : 63;

	return (~0ull << (first & 63)) & (~0ull >> (63 - (last & 63)));
}

static __always_inline __u64 candidates(const struct sl_chunk *chunk, __u32 word, enum port_wanted wanted)
{
	const volatile __u64 *plane = wanted == PORT_RESTING ? chunk->resting : chunk->used;
	__u32 at = word & (SL_CHUNK_WORDS - 1);

	return (plane[at] ^ (wanted == PORT_FREE ? ~0ull : 0)) & ~*(const volatile __u64 *)&chunk->ours[at];
}

static __always_inline void next_word(struct port_search *p)
{
	p->word = p->word >= p->last / 64 ? p->first / 64 : p->word + 1;
	p->left--;
	p->words += p->left != 0;
	p->tried = 0;
}

/* The bitmap of the word that is next, made where there is none; 0: there is no room for it. */
__noinline int prepare_chunk(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_config *c = config_get();
	struct sl_chunk *chunk;

	if (!s || !j || !c)
		return 0;
	s->outside.port = bpf_htons(s->search.word * 64);
	chunk = chunk_of(s, &s->outside);
	if (!chunk)
		return 0;
	forget_old_ours(chunk, j, c->hz);
	return 1;
}

/*
 * What may still be tried in the word where the search is, into its `open`. 1: nothing, and the search stands at the
 * next word. A call of its own, which the verifier reads once and not for each word.
 */
__noinline int pass_word(struct sl_chunk *chunk)
{
	struct scratch *s = scratch_get();
	struct port_search *p;

	if (!s || !chunk)
		return 0;
	p = &s->search;
	p->open = 0;
	if (!p->left || p->word / SL_CHUNK_WORDS != s->chunk.chunk)
		return 0;
	p->open = candidates(chunk, p->word, p->wanted) & mask_of(p, p->word) & ~p->tried;
	if (p->open)
		return 0;
	next_word(p);
	return 1;
}

/* The next port to try in this chunk, a random one of its word's; NO_PORT: none. */
__noinline int next_port(void)
{
	struct scratch *s = scratch_get();
	struct sl_chunk *chunk;
	__u32 i;

	if (!s)
		return NO_PORT;
	chunk = bpf_map_lookup_elem(&port_chunks, &s->chunk);
	if (!chunk)
		return NO_PORT;
	for (i = 0; i < SL_CHUNK_WORDS && pass_word(chunk); i++)
		continue;
	return s->search.open ? (int)(s->search.word * 64 + free_place(s->search.open, bpf_get_prandom_u32())) :
				NO_PORT;
}

static __always_inline int try_port(pkt_ctx *ctx, struct judgement *j, struct scratch *s, int port)
{
	s->outside.port = bpf_htons(port);
	s->search.tried |= bit_of(s->outside.port);
	s->search.tries--;
	return claim_port(ctx, j);
}

/* A piece of the search, within one chunk. CLAIM_TAKEN: all was looked at; CLAIM_OURS: not yet. */
__noinline int search_some(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	int port, rc, i;

	if (!s || !j)
		return CLAIM_FULL;
	if (!prepare_chunk(j))
		return CLAIM_TAKEN;
	for (i = 0; i < SEARCH_TRIES && s->search.tries; i++) {
		port = next_port();
		if (port == NO_PORT)
			break;
		rc = try_port(ctx, j, s, port);
		if (rc == CLAIM_DONE || rc == CLAIM_FULL)
			return rc;
	}
	return s->search.left && s->search.tries ? CLAIM_OURS : CLAIM_TAKEN;
}

/* Looks for ports of one kind, enum port_wanted, in the range of s->search. */
__noinline int search_for(pkt_ctx *ctx, struct judgement *j, __u32 wanted, __u32 tries)
{
	struct scratch *s = scratch_get();
	int rc = CLAIM_OURS, i;
	struct port_search *p;
	__u32 first;

	if (!s || !j)
		return CLAIM_FULL;
	p = &s->search;
	first = p->first / 64;
	p->left = p->last / 64 - first + 1;
	p->word = first + bpf_get_prandom_u32() % p->left;
	p->wanted = wanted;
	p->tries = tries;
	p->tried = 0;
	p->words++;
	for (i = 0; i < SEARCH_CALLS && rc == CLAIM_OURS; i++)
		rc = search_some(ctx, j);
	return rc;
}

/* More outside addresses are in use than there are bitmaps: then none of them is nearly full. */
__noinline int search_blindly(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	int i, rc = CLAIM_TAKEN;

	if (!s || !j)
		return CLAIM_FULL;
	for (i = 0; i < BLIND_TRIES && (rc == CLAIM_TAKEN || rc == CLAIM_OURS); i++) {
		__u32 size = s->search.last - s->search.first + 1;

		s->outside.port = bpf_htons(s->search.first + bpf_get_prandom_u32() % size);
		rc = claim_port(ctx, j);
	}
	return rc;
}

__noinline int count_search(__u32 words)
{
	__u64 *count;
	__u32 row = 0;

	for (; words && row < SL_SEARCH_ROWS - 1; row++)
		words >>= 1;
	count = bpf_map_lookup_elem(&port_search, &row);
	if (count)
		++*count;
	return row;
}

static __always_inline int search_port(pkt_ctx *ctx, struct judgement *j, struct scratch *s, bool low)
{
	int rc = search_for(ctx, j, PORT_FREE, FREE_TRIES);

	if (rc == CLAIM_TAKEN && low && other_range(&s->search))
		rc = search_for(ctx, j, PORT_FREE, FREE_TRIES);
	if (rc == CLAIM_TAKEN)
		rc = search_for(ctx, j, PORT_RESTING, RESTING_TRIES);
	if (rc == CLAIM_TAKEN)
		rc = search_for(ctx, j, PORT_LOST, LOST_TRIES);
	return rc == CLAIM_TAKEN && !chunk_find(s, &s->outside) ? search_blindly(ctx, j) : rc;
}

/* The port of the inside endpoint where it is free (RFC 4787 section 4.2.1), else another one. */
static __always_inline int find_port(pkt_ctx *ctx, struct judgement *j, struct scratch *s,
				     const struct sl_masquerade *m)
{
	__u32 wanted = bpf_ntohs(j->in.source_port);
	int rc = CLAIM_TAKEN;

	first_range(&s->search, m, j);
	s->search.words = 0;
	s->search.wanted = PORT_FREE;
	s->outside.port = j->in.source_port;
	if (wanted >= s->search.first && wanted <= s->search.last)
		rc = claim_port(ctx, j);
	if (rc == CLAIM_TAKEN || rc == CLAIM_OURS)
		rc = search_port(ctx, j, s, !m->hosts && (m->flags & SL_MASQUERADE_ANY_PORTS));
	count_search(s->search.words);
	return rc;
}
