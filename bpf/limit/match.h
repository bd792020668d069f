/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which limits concern a flow: all that match, found by bit vectors (maps/limit.h) like policies. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/limit/maps.h"
#include "bpf/policy/match.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/limit.h"
#include "maps/rules.h"

static __always_inline void keep_class(struct scratch *s, __u32 version, __u32 class)
{
	struct sl_limit_set *with = rules_find(&limit_bits, version, &class);
	int i;

	for (i = 0; i < SL_MAX_LIMITS / 64; i++)
		s->limits.word[i] &= with ? with->word[i] : 0;
}

static __always_inline void keep_address(struct scratch *s, const struct judgement *j, enum sl_prefix_kind side,
					 const struct sl_addr *address, __u8 family)
{
	__u32 *class = prefix_find(j->version, SL_PREFIX_TAG(side, 0, family), address);

	keep_class(s, j->version, class ? *class : SL_NO_CLASS);
}

static __always_inline void keep_service(struct scratch *s, const struct judgement *j)
{
	struct sl_service_key key;
	__u32 *class;

	service_key(&key, j);
	class = rules_find(&limit_service, j->version, &key);
	keep_class(s, j->version, class ? *class : SL_NO_CLASS);
}

/* A forward that no limit names, and a flow without one, are known by number 0. */
static __always_inline void keep_forward(struct scratch *s, const struct judgement *j)
{
	__u32 number = j->policy, *class = rules_find(&limit_forwards, j->version, &number);

	if (!class) {
		number = 0;
		class = rules_find(&limit_forwards, j->version, &number);
	}
	keep_class(s, j->version, class ? *class : SL_NO_CLASS);
}

static __always_inline __u32 class_of_arrival(const struct judgement *j, const struct sl_rules_header *h)
{
	struct sl_interface *dev;

	if (j->flags & SL_FLOW_FROM_HOST)
		return h->limits_from_host;
	dev = interface_find(j->version, j->ifindex_in);
	return dev ? dev->limits : SL_NO_CLASS;
}

/* For a flow that was judged: the row of its limits, 0: none. */
__noinline int find_limits(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_rules_header *h;
	__u32 *row;

	if (!j || !s)
		return 0;
	h = header_get(j->version);
	if (!h || !h->limits)
		return 0;
	memset(&s->limits, 0xff, sizeof(s->limits));
	keep_class(s, j->version, class_of_arrival(j, h));
	keep_class(s, j->version, j->zone_out);
	if (h->limits & SL_LIMITS_BY_SOURCE)
		keep_address(s, j, SL_PREFIX_LIMIT_SOURCE, &j->in.source, j->in.family);
	if (h->limits & SL_LIMITS_BY_DESTINATION)
		keep_address(s, j, SL_PREFIX_LIMIT_DESTINATION, &j->out.destination, j->out.family);
	if (h->limits & SL_LIMITS_BY_SERVICE)
		keep_service(s, j);
	if (h->limits & SL_LIMITS_BY_FORWARD)
		keep_forward(s, j);
	row = rules_find(&limit_sets, j->version, &s->limits);
	return row ? *row : 0;
}
