/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Buckets of limits (maps/limit.h): found or made, taken from, given back to, ended. */
#pragma once

#include "bpf/base/endpoint.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/limit/maps.h"

#include "maps/layout.h"
#include "maps/limit.h"

#define BUCKET_TRIES 32 /* only as many CPUs that take from one bucket at the same moment can fail them all */

static __always_inline struct sl_limit *limit_find(__u32 version, __u32 number)
{
	__u32 row = number - 1;

	return number ? rules_find(&limits, version, &row) : NULL;
}

static __always_inline void masked(struct sl_addr *to, const struct sl_addr *from, const struct sl_limit *l)
{
	*to = *from;
	if (family_of(from) == 4) {
		to->w[3] &= l->mask4;
		return;
	}
	to->w[0] &= l->mask6[0];
	to->w[1] &= l->mask6[1];
	to->w[2] &= l->mask6[2];
	to->w[3] &= l->mask6[3];
}

/*
 * The endpoint that the packet's flow began at, or with `there` was begun with: found once for a packet, however many
 * limits ask. Whoever has none is number 0.
 */
__noinline int limited_endpoint(struct limited *what, __u32 there)
{
	__u8 side = there ? 2 : 1;

	if (!what)
		return 0;
	if (what->endpoint_of != side) {
		what->endpoint_of = side;
		if (there)
			what->endpoint = endpoint_at(what->version, what->vrf_there, &what->destination);
		else
			what->endpoint = endpoint_at(what->version, what->vrf, &what->source);
	}
	return what->endpoint;
}

/* A slot may have another flow soon: its source's endpoint tells them apart. */
static __always_inline void bucket_key(struct scratch *s, struct limited *what, const struct sl_limit *l)
{
	struct sl_limit_key *k = &s->bucket;

	memset(k, 0, sizeof(*k));
	k->limit = l->passed;
	switch (l->key) {
	case SL_KEY_SOURCE:
		masked(&k->address, &what->source, l);
		break;
	case SL_KEY_DESTINATION:
		masked(&k->address, &what->destination, l);
		break;
	case SL_KEY_FLOW:
		k->slot = what->slot;
		k->address = what->source;
		k->address.w[0] ^= what->source_port;
		break;
	case SL_KEY_VRF:
		k->address.w[3] = what->vrf;
		break;
	case SL_KEY_ENDPOINT:
		k->address.w[3] = limited_endpoint(what, l->flags & SL_LIMIT_THERE);
	}
}

/* Counted by who has made it, and by who ends it. */
static __always_inline struct sl_bucket *new_bucket(const struct sl_limit_key *key, __u32 rooms,
						    struct sl_limit_shared *shared)
{
	const struct sl_bucket full = {};

	if (*(volatile __s32 *)&shared->rows >= (__s32)rooms)
		return NULL;
	if (!bpf_map_update_elem(&limit_buckets, key, &full, BPF_NOEXIST))
		__sync_fetch_and_add(&shared->rows, 1);
	return bpf_map_lookup_elem(&limit_buckets, key);
}

/*
 * The bucket of this packet's flow. Who has none and `makes` none, or finds no room for it, shares one with all others of the
 * limit who do not.
 */
static __always_inline struct sl_bucket *bucket_of(struct scratch *s, struct limited *what, const struct sl_limit *l,
						   const bool makes)
{
	struct sl_limit_shared *shared;
	struct sl_bucket *b = NULL;
	__u32 number = l->passed;

	if (l->key != SL_KEY_RULE) {
		bucket_key(s, what, l);
		b = bpf_map_lookup_elem(&limit_buckets, &s->bucket);
		if (b)
			return b;
	}
	shared = bpf_map_lookup_elem(&limit_shared, &number);
	if (!shared)
		return NULL;
	barrier_var(shared);
	if (makes && l->key != SL_KEY_RULE)
		b = new_bucket(&s->bucket, l->rooms, shared);
	return b ? b : &shared->bucket;
}

static __always_inline __u64 cost_of(const struct limited *what, const struct sl_limit *l)
{
	__u64 amount = l->flags & SL_LIMIT_BYTES ? what->bytes : what->packets;

	return amount * l->multiplier >> (l->shift & 63);
}

/* A packet that costs more than the whole bucket holds passes when that is full, and is paid for by the next. */
static __always_inline bool bucket_take(struct sl_bucket *b, __u64 now, __u64 cost, __u64 burst)
{
	int i;

	for (i = 0; i < BUCKET_TRIES; i++) {
		__u64 seen = *(volatile __u64 *)&b->full_at, from = seen > now ? seen : now;

		if (seen > now && from + cost - now > burst)
			return false;
		if (__sync_val_compare_and_swap(&b->full_at, seen, from + cost) == seen)
			return true;
	}
	return false;
}

static __always_inline void bucket_give_back(struct sl_bucket *b, __u64 cost)
{
	__sync_fetch_and_add(&b->full_at, -cost);
}

/*
 * A bucket that is full says no more than none. Who takes from it between the look and the end loses that: by
 * no more than it takes to get from one line to the next.
 */
static __always_inline int end_bucket(const struct sl_limit_key *key, __u64 now)
{
	struct sl_bucket *b = bpf_map_lookup_elem(&limit_buckets, key);
	struct sl_limit_shared *shared;
	__u32 number = key->limit;

	if (!b || b->full_at > now || bpf_map_delete_elem(&limit_buckets, key))
		return 0;
	shared = bpf_map_lookup_elem(&limit_shared, &number);
	if (shared)
		__sync_fetch_and_add(&shared->rows, -1);
	return 1;
}
