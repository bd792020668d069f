/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* First match wins, found by bit vectors (see maps/rules.h): the cost does not grow with each rule. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/proto/transport.h"

#include "maps/config.h"
#include "maps/layout.h"
#include "maps/protocols.h"
#include "maps/rules.h"

/* The class of a value, and less chunks that are left to be looked at. */
static __always_inline void narrow(struct policy_classes *c, struct sl_policy_class *to,
				   const struct sl_policy_class *found)
{
	if (found)
		*to = *found;
	c->candidates &= found ? found->chunks : 0;
}

static __always_inline void service_key(struct sl_service_key *key, const struct judgement *j)
{
	memset(key, 0, sizeof(*key));
	key->prefixlen = 32;
	key->protocol = j->out.protocol;
	if (sl_has_ports(j->out.protocol))
		key->port = j->out.destination_port;
}

static __always_inline void narrow_by_service(struct policy_classes *c, const struct judgement *j)
{
	struct sl_service_key key;

	service_key(&key, j);
	narrow(c, &c->service, rules_find(&policy_service, j->version, &key));
}

static __always_inline void find_classes(struct policy_classes *c, const struct judgement *j, __u32 dimensions)
{
	c->source.row = c->destination.row = c->service.row = SL_ROW_OF_ALL;
	c->source.chunks = c->destination.chunks = c->service.chunks = ~0u;
	if (dimensions & SL_BY_SOURCE)
		narrow(c, &c->source, trie_find(&policy_source, j->version, j->in.family, &j->in.source));
	if (dimensions & SL_BY_DESTINATION)
		narrow(c, &c->destination, trie_find(&policy_dest, j->version, j->out.family, &j->out.destination));
	if (dimensions & SL_BY_SERVICE)
		narrow_by_service(c, j);
}

/* In parallel (H. S. Warren, "Hacker's Delight", section 5-1): BPF has no instruction for it. */
static __always_inline __u32 count_bits(__u32 word)
{
	word -= word >> 1 & 0x55555555;
	word = (word & 0x33333333) + (word >> 2 & 0x33333333);
	word = (word + (word >> 4)) & 0x0f0f0f0f;
	return word * 0x01010101 >> 24;
}

static __always_inline struct sl_policy_bits *bits_of(const struct judgement *j, const struct sl_policy_class *class,
						      __u32 chunk)
{
	__u32 row = class->row + count_bits(class->chunks & ((1u << chunk) - 1));

	return rules_find(&policy_bits, j->version, &row);
}

static __always_inline int lowest_bit(__u64 word)
{
	int n = 0;

#define HALVE(bits, mask)        \
	if (!(word & (mask))) {  \
		word >>= (bits); \
		n += (bits);     \
	}
	HALVE(32, 0xffffffffull)
	HALVE(16, 0xffffull)
	HALVE(8, 0xffull)
	HALVE(4, 0xfull)
	HALVE(2, 0x3ull)
	HALVE(1, 0x1ull)
#undef HALVE
	return n;
}

/* The first policy of this chunk that matches in every dimension; -1: none. Every class has a row of it. */
__noinline int first_in_chunk(struct judgement *j, struct policy_classes *c, __u32 chunk)
{
	struct sl_policy_bits *zones, *source, *destination, *service;
	int i;

	if (!j || !c || chunk >= SL_MAX_POLICY_CHUNKS)
		return -1;
	zones = bits_of(j, &c->zones, chunk);
	source = bits_of(j, &c->source, chunk);
	destination = bits_of(j, &c->destination, chunk);
	service = bits_of(j, &c->service, chunk);
	if (!zones || !source || !destination || !service)
		return -1;
	for (i = 0; i < 8; i++) {
		__u64 word = zones->word[i] & source->word[i] & destination->word[i] & service->word[i];

		if (word)
			return chunk * 512 + i * 64 + lowest_bit(word);
	}
	return -1;
}

static __always_inline void take_policy(struct judgement *j, __u32 bit)
{
	struct sl_policy_rule *rule = rules_find(&policy_rules, j->version, &bit);

	if (!rule)
		return;
	j->action = rule->action;
	j->policy = rule->object;
}

/* Sets j->action and j->policy. Addresses and ports are judged as the inside sees them. */
__noinline int find_policy(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct policy_classes *c;
	struct sl_rules_header *h;
	struct sl_zone_pair *pair;
	__u32 chunk;

	if (!s || !j)
		return SL_DROP;
	c = &s->classes;
	j->action = SL_DROP;
	j->policy = 0;
	h = header_get(j->version);
	pair = pair_find(j->version, j->zone_in, j->zone_out);
	if (!h || !pair)
		return SL_DROP;
	j->action = pair->action;
	c->candidates = ~0u;
	narrow(c, &c->zones, &pair->policies);
	if (!c->candidates)
		return j->action; /* no policy speaks of these zones */
	find_classes(c, j, h->dimensions);
	for (chunk = 0; chunk < SL_MAX_POLICY_CHUNKS && c->candidates >> chunk; chunk++) {
		int bit = c->candidates >> chunk & 1 ? first_in_chunk(j, c, chunk) : -1;

		if (bit >= 0) {
			take_policy(j, bit);
			break;
		}
	}
	return j->action;
}
