/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The search for a free port: from a place that is hard to guess (RFC 6056), over every word of the bitmaps
 * once, so that a free port is found as long as there is one, at a cost that has a bound.
 */
#pragma once

#define FREE_TRIES 64    /* each of them sets a bit, so that the next search does without */
#define RESTING_TRIES 24 /* ports of other hosts that a search for one's own looks at */
#define LOST_TRIES 8     /* bits that may stand there without a row */
#define BLIND_TRIES 32
#define SEARCH_TRIES 32  /* of one call: the verifier reads each */
#define SEARCH_CALLS 128 /* more than there are chunks and such tries */
#define ROWS_OF_CHUNK 4  /* a word at the end of the range may be open for others only */
#define NO_PORT -1

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
	return s->search.wanted != PORT_TOWARDS || prepare_crowd(s, j, c->hz);
}

/* The words of a chunk where a port may be tried, one bit each; without a branch, which the verifier would follow. */
static __always_inline __u64 open_words(const volatile __u64 *plane, const volatile __u64 *ours, __u64 flip)
{
	__u64 words = 0;
	__u32 i;

	for (i = 0; i < SL_CHUNK_WORDS; i++) {
		__u64 open = (plane[i] ^ flip) & ~ours[i];

		words |= (open | -open) >> 63 << i;
	}
	return words;
}

/* The same of the plane that the search is for, into its `open`. */
__noinline int note_open_words(struct sl_chunk *chunk, struct sl_crowd *crowd)
{
	struct scratch *s = scratch_get();
	struct port_search *p;

	if (!s || !chunk)
		return 0;
	p = &s->search;
	if (p->wanted == PORT_TOWARDS)
		p->open = crowd ? open_words(crowd->taken, chunk->ours, ~0ull) : 0;
	else if (p->wanted == PORT_RESTING)
		p->open = open_words(chunk->resting, chunk->ours, 0);
	else
		p->open = open_words(chunk->used, chunk->ours, p->wanted == PORT_FREE ? ~0ull : 0);
	return 0;
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

/* To the next open word of the row. False: there is none, and the search is behind the row. */
static __always_inline bool pass_closed_words(struct port_search *p)
{
	__u32 at = p->word & (SL_CHUNK_WORDS - 1), count = words_in_row(p), next;
	__u64 row = (p->open >> at) & (~0ull >> ((64 - count) & 63));

	next = row ? free_place(row, 0) : count;
	if (next)
		pass_words(p, next);
	return row != 0;
}

/* The next port to try in this chunk, a random one of its word's; NO_PORT: none. */
__noinline int next_port(void)
{
	struct scratch *s = scratch_get();
	struct sl_crowd *crowd = NULL;
	struct sl_chunk *chunk;
	struct port_search *p;
	__u64 open;
	int i;

	if (!s)
		return NO_PORT;
	p = &s->search;
	chunk = bpf_map_lookup_elem(&port_chunks, &s->chunk);
	if (p->wanted == PORT_TOWARDS)
		crowd = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	if (!chunk)
		return NO_PORT;
	for (i = 0; i < ROWS_OF_CHUNK && p->left && p->word / SL_CHUNK_WORDS == s->chunk.chunk; i++) {
		open = candidates(p, chunk, crowd);
		if (open)
			return p->word * 64 + free_place(open, bpf_get_prandom_u32());
		pass_words(p, 1);
		if (!p->left || p->word / SL_CHUNK_WORDS != s->chunk.chunk)
			break;
		note_open_words(chunk, crowd);
		pass_closed_words(p);
	}
	return NO_PORT;
}

static __always_inline int claim_wanted(pkt_ctx *ctx, struct judgement *j, const struct scratch *s)
{
	return s->search.wanted == PORT_TOWARDS ? claim_towards(ctx, j) : claim_port(ctx, j);
}

static __always_inline int try_port(pkt_ctx *ctx, struct judgement *j, struct scratch *s, int port)
{
	s->outside.port = bpf_htons(port);
	s->search.tried |= bit_of(s->outside.port);
	s->search.tries--;
	return claim_wanted(ctx, j, s);
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
		rc = claim_wanted(ctx, j, s);
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

/* For a while nobody looks for what was not there (j->saw_full): whoever frees a port takes the word away. */
static __always_inline int search_free(pkt_ctx *ctx, struct judgement *j, struct scratch *s)
{
	int rc;

	full_key(s, &s->outside.address, s->outside.protocol, s->outside.vrf);
	j->saw_full = is_full(s, j);
	if (j->saw_full)
		return CLAIM_TAKEN;
	rc = search_for(ctx, j, PORT_FREE, FREE_TRIES);
	if (rc == CLAIM_TAKEN && s->search.low && other_range(&s->search))
		rc = search_for(ctx, j, PORT_FREE, FREE_TRIES);
	if (rc == CLAIM_TAKEN && saw_everything(&s->search)) {
		full_key(s, &s->outside.address, s->outside.protocol, s->outside.vrf);
		note_full(s, j);
	}
	return rc;
}

static __always_inline int search_port(pkt_ctx *ctx, struct judgement *j, struct scratch *s)
{
	int rc = search_free(ctx, j, s);

	if (rc == CLAIM_TAKEN && somebody_rests())
		rc = search_for(ctx, j, PORT_RESTING, j->saw_full ? RESTING_TRIES / 4 : RESTING_TRIES);
	if (j->saw_full)
		return rc;
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
	j->saw_full = 0;
	s->search.words = 0;
	s->search.wanted = PORT_FREE;
	s->outside.port = j->in.source_port;
	if (wanted >= s->search.first && wanted <= s->search.last)
		rc = claim_port(ctx, j);
	if (rc == CLAIM_TAKEN || rc == CLAIM_OURS)
		rc = search_port(ctx, j, s);
	count_search(s->search.words);
	return rc;
}
