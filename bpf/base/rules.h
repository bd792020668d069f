/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions to the rule tables of the generation that the packet sees. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"

#include "maps/config.h"
#include "maps/layout.h"
#include "maps/rules.h"

static __always_inline void *trie_find(void *outer, __u32 version, __u32 tag, const struct sl_addr *address)
{
	struct scratch *s = scratch_get();

	if (!s)
		return NULL;
	s->prefix.prefixlen = 32 + 128;
	s->prefix.tag = tag;
	s->prefix.address = *address;
	return rules_find(outer, version, &s->prefix);
}

static __always_inline struct sl_local *local_find(__u32 version, __u16 vrf, const struct sl_addr *address)
{
	return trie_find(&local_addr, version, vrf, address);
}

static __always_inline __u32 *prefix_find(__u32 version, __u32 tag, const struct sl_addr *address)
{
	return trie_find(&prefixes, version, tag, address);
}

static __always_inline bool set_has(__u32 version, __u32 set, __u8 family, const struct sl_addr *address)
{
	return prefix_find(version, SL_PREFIX_TAG(SL_PREFIX_SET, set, family), address) != NULL;
}

static __always_inline struct sl_rules_header *header_get(__u32 version)
{
	struct sl_config *c = config_get();

	if (!c)
		return NULL;
	barrier_var(c); /* older verifiers refuse to add to what may be null, which the compiler would do first */
	return &c->rules[SL_SLOT_OF(version)];
}

static __always_inline struct sl_zone_pair *pair_find(__u32 version, __u32 from, __u32 to)
{
	struct sl_rules_header *h = header_get(version);
	__u32 row;

	if (!h || from >= h->zones || to >= h->zones)
		return NULL;
	row = from * h->zones + to;
	return rules_find(&zone_pairs, version, &row);
}

/* The masquerade between two zones, row + 1; also: whether the one is hidden from the other. */
static __always_inline __u32 masquerade_of(const struct sl_zone_pair *pair, __u8 family)
{
	return !pair ? 0 : family == 4 ? pair->masquerade4 : pair->masquerade6;
}

static __always_inline struct sl_forward *forward_find(__u32 version, __u16 vrf, __u8 protocol,
						       const struct sl_addr *address, __be16 port)
{
	struct scratch *s = scratch_get();

	if (!s)
		return NULL;
	memset(&s->forward, 0, sizeof(s->forward));
	s->forward.prefixlen = SL_FORWARD_FIXED_BITS + 16;
	s->forward.vrf = vrf;
	s->forward.protocol = protocol;
	s->forward.address = *address;
	s->forward.port = port;
	return rules_find(&forwards, version, &s->forward);
}
