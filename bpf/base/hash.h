/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers that look random: starting points of searches; and those that a stranger cannot aim at: places in tables. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/types.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/layout.h"

static __always_inline __u32 mix(__u32 h)
{
	h ^= h >> 16;
	h *= 0x7feb352d;
	h ^= h >> 15;
	h *= 0x846ca68b;
	return h ^ (h >> 16);
}

static __always_inline __u32 mix_address(const struct sl_addr *a)
{
	return mix(a->w[0] ^ mix(a->w[1] ^ mix(a->w[2] ^ mix(a->w[3]))));
}

/*
 * For rows by the rest of a division. Mixed, because the keyed sum alone puts neighbours at equal distances from each other, of
 * which with some secrets the rest is none. 0 without rules.
 */
static __always_inline __u32 secret_hash(const void *key, int words)
{
	struct sl_config *c = config_get();

	return c ? mix(sl_flow_hash(c->flow_secret, key, words)) : 0;
}

struct whose {
	__u32 word[5];
};

/* A source at an interface, IPv6 by its /64; the same for everybody who is one host. 0 without rules. */
static __always_inline __u32 hash_of_source(const struct sl_addr *source, __u8 family, __u16 vrf, __u32 ifindex)
{
	struct whose w = {
		.word = { family == 4 ? 0 : source->w[0], family == 4 ? 0 : source->w[1],
			  family == 4 ? source->w[3] : 0, vrf, ifindex },
	};

	return secret_hash(&w, SL_KEY_WORDS(struct whose));
}

/* An interface in its VRF. */
static __always_inline __u32 hash_of_interface(__u16 vrf, __u32 ifindex)
{
	const struct sl_addr nobody = {};

	return hash_of_source(&nobody, 6, vrf, ifindex);
}
