/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The search for a free port: from a place that is hard to guess (RFC 6056), over every word of the bitmaps
 * once, so that a free port is found as long as there is one, at a cost that has a bound.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/port_bitmap.h"
#include "bpf/nat/port_claim.h"
#include "bpf/nat/port_exhausted.h"
#include "bpf/nat/port_maps.h"
#include "bpf/nat/port_range.h"
#include "bpf/nat/port_rest.h"
#include "bpf/nat/port_sharing.h"
#include "bpf/nat/port_walk.h"

#include "maps/config.h"
#include "maps/ports.h"
#include "maps/rules.h"

#define FREE_TRIES 64    /* each of them sets a bit, so that the next search does without */
#define RESTING_TRIES 24 /* ports of other hosts that a search for one's own looks at */
#define LOST_TRIES 8     /* bits that may stand there without a row */
#define BLIND_TRIES 32
#define SEARCH_TRIES 32  /* of one call: the verifier reads each */
#define SEARCH_CALLS 128 /* more than there are chunks and such tries */

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

static __always_inline int claim_wanted(pkt_ctx *ctx, struct judgement *j, struct port_search *p)
{
	return p->wanted == PORT_TOWARDS ? claim_towards(ctx, j) : claim_port(ctx, j, p);
}

static __always_inline int try_port(pkt_ctx *ctx, struct judgement *j, struct scratch *s, int port)
{
	s->outside.port = bpf_htons(port);
	s->search.tried |= bit_of(s->outside.port);
	s->search.tries--;
	return claim_wanted(ctx, j, &s->search);
}

/* Of the chunk that prepare_chunk() made. */
static __always_inline int next_port_of(struct scratch *s)
{
	struct sl_chunk *chunk = bpf_map_lookup_elem(&port_chunks, &s->chunk);
	struct sl_crowd *crowd = NULL;

	if (s->search.wanted == PORT_TOWARDS)
		crowd = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	return next_port(&s->search, chunk, crowd);
}

static __always_inline int is_quiet_now(struct scratch *s)
{
	return note_if_quiet(bpf_map_lookup_elem(&port_chunks, &s->chunk), s->chunk.chunk);
}

/* A piece of the search, within one chunk. CLAIM_TAKEN: all was looked at; CLAIM_MORE: not yet. */
__noinline int search_some(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	int port, rc, i;

	if (!s || !j)
		return CLAIM_FULL;
	if (s->search.quiet >> (s->search.word / SL_CHUNK_WORDS & 31) & 1) {
		pass_words(&s->search, words_in_row(&s->search));
		return s->search.left ? CLAIM_MORE : CLAIM_TAKEN;
	}
	if (!prepare_chunk(j))
		return CLAIM_TAKEN;
	for (i = 0; i < SEARCH_TRIES && s->search.tries; i++) {
		barrier_var(s); /* clang would keep the places of its members on the stack */
		port = next_port_of(s);
		if (port == NO_PORT) {
			if (s->search.wanted == PORT_RESTING && !is_quiet_now(s) && s->search.saw_full)
				return CLAIM_TAKEN; /* one chunk is enough for a packet of a flood */
			break;
		}
		rc = try_port(ctx, j, s, port);
		if (rc == CLAIM_DONE || rc == CLAIM_FULL)
			return rc;
	}
	return s->search.left && s->search.tries ? CLAIM_MORE : CLAIM_TAKEN;
}

/* Looks for ports of one kind, enum port_wanted, in the range of s->search. */
__noinline int search_for(pkt_ctx *ctx, struct judgement *j, __u32 wanted, __u32 tries)
{
	struct scratch *s = scratch_get();
	int rc = CLAIM_MORE, i;
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
	for (i = 0; i < SEARCH_CALLS && rc == CLAIM_MORE; i++)
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
		rc = claim_wanted(ctx, j, &s->search);
	}
	return rc;
}

__noinline int count_search(__u32 words)
{
	__u32 row = SL_PATH_SEARCHES;

	for (; words && row < SL_SEARCH_ROWS - 1; row++)
		words >>= 1;
	count_path(row);
	return row;
}

/* For a while nobody looks for what was not there (saw_full): whoever frees a port takes the word away. */
static __always_inline int search_free(pkt_ctx *ctx, struct judgement *j, struct scratch *s)
{
	int rc;

	full_key(s, &s->outside.address, s->outside.protocol, s->outside.vrf);
	s->search.saw_full = is_full(s, j);
	if (s->search.saw_full)
		return CLAIM_TAKEN;
	rc = search_for(ctx, j, PORT_FREE, FREE_TRIES);
	if (rc == CLAIM_TAKEN && s->search.low && other_range(&s->search))
		rc = search_for(ctx, j, PORT_FREE, FREE_TRIES);
	if (rc == CLAIM_TAKEN && saw_everything(&s->search) && !s->search.passed) {
		full_key(s, &s->outside.address, s->outside.protocol, s->outside.vrf);
		note_full(s, j);
	}
	return rc;
}

/* Own ports that rest, and those of others that have rested. Where the address was full a moment ago, only a few. */
static __always_inline int search_resting(pkt_ctx *ctx, struct judgement *j, struct scratch *s)
{
	int rc;

	full_key(s, &s->outside.address, s->outside.protocol, s->outside.vrf);
	s->search.quiet = s->search.saw_full ? quiet_chunks(s) : 0;
	rc = search_for(ctx, j, PORT_RESTING, s->search.saw_full ? RESTING_TRIES / 8 : RESTING_TRIES);
	s->search.quiet = 0;
	return rc;
}

static __always_inline int search_port(pkt_ctx *ctx, struct judgement *j, struct scratch *s)
{
	int rc = search_free(ctx, j, s);

	if (rc == CLAIM_TAKEN && somebody_rests())
		rc = search_resting(ctx, j, s);
	if (s->search.saw_full)
		return rc;
	if (rc == CLAIM_TAKEN)
		rc = search_for(ctx, j, PORT_LOST, LOST_TRIES);
	return rc == CLAIM_TAKEN && !chunk_find(s, &s->outside) ? search_blindly(ctx, j) : rc;
}

__noinline int claim_same_port(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!s || !j)
		return CLAIM_FULL;
	s->outside.port = j->in.source_port;
	return claim_port(ctx, j, &s->search);
}

/* The port of the inside endpoint where it is free (RFC 4787 section 4.2.1), else another one. */
static __always_inline int find_port(pkt_ctx *ctx, struct judgement *j, struct scratch *s,
				     const struct sl_masquerade *m)
{
	__u32 wanted = bpf_ntohs(j->in.source_port);
	int rc = CLAIM_TAKEN;

	first_range(&s->search, m, j);
	s->search.saw_full = 0;
	s->search.words = 0;
	s->search.passed = 0;
	s->search.wanted = PORT_FREE;
	if (wanted >= s->search.first && wanted <= s->search.last)
		rc = claim_same_port(ctx, j);
	if (rc == CLAIM_TAKEN || rc == CLAIM_OURS)
		rc = search_port(ctx, j, s);
	count_search(s->search.words);
	return rc;
}
