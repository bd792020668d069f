/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which outside address a masquerade gives a host: that of the interface, or one of a pool. */
#pragma once

#include "bpf/base/hash.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/port_maps.h"
#include "bpf/nat/port_range.h"

#include "maps/config.h"
#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/ports.h"
#include "maps/rules.h"

static __always_inline bool address_is_none(const struct sl_addr *a)
{
	return a->w[3] == 0 && a->w[1] == 0 && a->w[0] == 0;
}

/* address + offset within the last 32 bits, where every pool range lies. */
static __always_inline void address_at(struct sl_addr *to, const struct sl_pool *range, __u32 offset)
{
	*to = range->first;
	to->w[3] = bpf_htonl(bpf_ntohl(to->w[3]) + offset);
}

/* The same inside host always gets the same outside address ("paired" pooling, RFC 4787 REQ-2). */
static __always_inline __u32 place_in_pool(const struct judgement *j, const struct sl_masquerade *m, __u32 total)
{
	const struct sl_addr *a = &j->in.source;

	if (m->hosts)
		return host_number(m, a) / (m->hosts_per_address ? m->hosts_per_address : 1);
	return mix_address(a) % total;
}

static __always_inline __u32 pool_size(const struct judgement *j, const struct sl_masquerade *m)
{
	__u32 i, total = 0;

	for (i = 0; i < SL_MAX_POOL_RANGES && i < m->ranges; i++) {
		__u32 row = m->pool + i;
		struct sl_pool *range = rules_find(&pools, j->version, &row);

		total += range ? range->count : 0;
	}
	return total;
}

static __always_inline bool pick_from_pool(struct judgement *j, const struct sl_masquerade *m, __u32 wanted)
{
	__u32 i;

	for (i = 0; i < SL_MAX_POOL_RANGES && i < m->ranges; i++) {
		__u32 row = m->pool + i;
		struct sl_pool *range = rules_find(&pools, j->version, &row);

		if (range && wanted < range->count) {
			address_at(&j->out.source, range, wanted);
			return true;
		}
		wanted -= range ? range->count : 0;
	}
	return false;
}

static __always_inline bool pick_own_address(struct judgement *j)
{
	struct sl_interface *dev = interface_find(j->version, j->outside_ifindex);

	if (!dev)
		return false;
	if (j->out.family == 4)
		addr_from4(&j->out.source, dev->address4);
	else
		addr_from6(&j->out.source, dev->address6);
	return !address_is_none(&j->out.source);
}

static __noinline struct sl_masquerade *masquerade_find(const struct judgement *j)
{
	__u32 row = j->masquerade - 1;

	return rules_find(&masquerades, j->version, &row);
}
