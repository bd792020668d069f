/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* First match wins, found by bit vectors (see maps/rules.h): the cost does not grow with each rule. */
#pragma once

static __always_inline bool service_has_port(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE ||
	       protocol == IPPROTO_SCTP;
}

static __always_inline __u32 class_by_address(void *outer, const struct judgement *j, const struct sl_addr *address)
{
	__u32 *class = trie_find(outer, j->version, j->in.family, address);

	return class ? *class : 0;
}

static __always_inline void service_key(struct sl_service_key *key, const struct judgement *j)
{
	memset(key, 0, sizeof(*key));
	key->prefixlen = 32;
	key->protocol = j->out.protocol;
	if (service_has_port(j->out.protocol))
		key->port = j->out.destination_port;
}

static __always_inline __u32 class_by_service(const struct judgement *j)
{
	struct sl_service_key key;
	__u32 *class;

	service_key(&key, j);
	class = rules_find(&policy_service, j->version, &key);
	return class ? *class : 0;
}

static __always_inline struct sl_policy_bits *bits_of(const struct judgement *j, const struct policy_classes *c,
						      __u32 class, __u32 chunk)
{
	__u32 row = class * c->chunks + chunk;

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

/* The first policy of this chunk that matches in every dimension; -1: none. Class 0 has no bits set. */
__noinline int first_in_chunk(struct judgement *j, struct policy_classes *c, __u32 chunk)
{
	struct sl_policy_bits *zones, *source, *destination, *service;
	int i;

	if (!j || !c)
		return -1;
	zones = bits_of(j, c, c->zones, chunk);
	source = bits_of(j, c, c->source, chunk);
	destination = bits_of(j, c, c->destination, chunk);
	service = bits_of(j, c, c->service, chunk);
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
	c->chunks = h->chunks;
	c->zones = pair->policy_class;
	if (!c->zones)
		return j->action; /* no policy speaks of these zones */
	/* Class 1 has every bit set: a dimension in which no policy differs is not looked up. */
	c->source = h->dimensions & SL_BY_SOURCE ? class_by_address(&policy_source, j, &j->in.source) : 1;
	c->destination = h->dimensions & SL_BY_DESTINATION ? class_by_address(&policy_dest, j, &j->out.destination) : 1;
	c->service = h->dimensions & SL_BY_SERVICE ? class_by_service(j) : 1;
	for (chunk = 0; chunk < SL_MAX_POLICY_CHUNKS && chunk < c->chunks; chunk++) {
		int bit = first_in_chunk(j, c, chunk);

		if (bit >= 0) {
			take_policy(j, bit);
			break;
		}
	}
	return j->action;
}
