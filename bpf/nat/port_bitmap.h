/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bitmaps of a search for a free port (maps/ports.h). They are hints: nat_outside says who has a port.
 * Bits are set before a row is written and taken away after it was removed, so what goes wrong between two
 * CPUs is a row without its bit, and whoever meets that row sets the bit again.
 */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/port_exhausted.h"
#include "bpf/nat/port_maps.h"

#include "maps/config.h"
#include "maps/mapping.h"
#include "maps/ports.h"

#define OURS_SECONDS 5 /* a socket of the gateway may have been closed since */

static __noinline struct sl_chunk *chunk_find(struct scratch *s, const struct sl_endpoint *outside)
{
	s->chunk.address = outside->address;
	s->chunk.protocol = outside->protocol;
	s->chunk.vrf = outside->vrf;
	s->chunk.chunk = bpf_ntohs(outside->port) / SL_CHUNK_PORTS;
	return bpf_map_lookup_elem(&port_chunks, &s->chunk);
}

/* NULL: there are more outside addresses in use than the table holds; the search goes without. */
static __always_inline struct sl_chunk *chunk_of(struct scratch *s, const struct sl_endpoint *outside)
{
	struct sl_chunk *chunk = chunk_find(s, outside);

	if (chunk)
		return chunk;
	bpf_map_update_elem(&port_chunks, &s->chunk, &s->empty_chunk, BPF_NOEXIST);
	return bpf_map_lookup_elem(&port_chunks, &s->chunk);
}

static __always_inline __u32 word_of(__be16 port)
{
	return bpf_ntohs(port) / 64 % SL_CHUNK_WORDS;
}

static __always_inline __u64 bit_of(__be16 port)
{
	return 1ull << (bpf_ntohs(port) % 64);
}

/* Sets or clears, on all CPUs at once. */
static __always_inline void set_bit(__u64 *words, __be16 port)
{
	__sync_fetch_and_or(&words[word_of(port)], bit_of(port));
}

static __always_inline bool bit_is_set(const __u64 *words, __be16 port)
{
	return *(const volatile __u64 *)&words[word_of(port)] & bit_of(port);
}

static __always_inline void clear_bit(__u64 *words, __be16 port)
{
	__sync_fetch_and_and(&words[word_of(port)], ~bit_of(port));
}

/* Another mapping may have the port. */
static __always_inline void address_has_ports(struct scratch *s, const struct sl_endpoint *outside)
{
	full_key(s, &outside->address, outside->protocol, outside->vrf);
	no_longer_full(s, outside->port);
}

static __always_inline void port_is_gone(struct scratch *s, const struct sl_endpoint *outside)
{
	struct sl_chunk *chunk = chunk_find(s, outside);

	if (chunk) {
		clear_bit(chunk->resting, outside->port);
		clear_bit(chunk->used, outside->port);
	}
	address_has_ports(s, outside);
}

static __always_inline void note_resting(struct scratch *s, const struct sl_endpoint *outside)
{
	struct sl_chunk *chunk = chunk_find(s, outside);

	if (!chunk)
		return;
	set_bit(chunk->resting, outside->port);
	full_key(s, &outside->address, outside->protocol, outside->vrf);
	no_longer_quiet(s, s->chunk.chunk);
}

/* What the gateway itself has is asked anew with other rules, and after some seconds. */
static __always_inline void forget_old_ours(struct sl_chunk *chunk, const struct judgement *j, __u32 hz)
{
	__u64 seen = *(volatile __u64 *)&chunk->ours_seen;
	__u64 now = (__u64)SL_GENERATION(j->version) << 32 | j->now;

	if (seen >> 32 == now >> 32 && j->now - (__u32)seen < OURS_SECONDS * hz)
		return;
	if (__sync_val_compare_and_swap(&chunk->ours_seen, seen, now) == seen)
		memset(chunk->ours, 0, sizeof(chunk->ours));
}

static __always_inline __u32 is_some(__u64 bits)
{
	return (bits | -bits) >> 63;
}

/* The n-th of 64 places, counted in a circle from `from`, is the first that is free. Without a branch: see open_words(). */
static __always_inline __u32 free_place(__u64 places, __u32 from)
{
	__u64 turned = places >> (from & 63) | places << (-from & 63), lowest = turned & -turned;
	__u32 n = is_some(lowest & 0xffffffff00000000) << 5 | is_some(lowest & 0xffff0000ffff0000) << 4 |
		  is_some(lowest & 0xff00ff00ff00ff00) << 3 | is_some(lowest & 0xf0f0f0f0f0f0f0f0) << 2 |
		  is_some(lowest & 0xcccccccccccccccc) << 1 | is_some(lowest & 0xaaaaaaaaaaaaaaaa);

	return (from + n) & 63;
}
