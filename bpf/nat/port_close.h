/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the quota of mappings is hard, a mapping whose only connection is closed is not counted for its host, though its
 * flow stays for a while; it is again when the same ports are used again.
 */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/host_quota.h"
#include "bpf/nat/mapping.h"
#include "bpf/state/host_count.h"
#include "bpf/state/maps.h"

#include "maps/mapping.h"

/* The mapping of s->outside. */
static __always_inline void uncount_mapping(struct scratch *s, struct sl_mapping *m)
{
	union mapping_word was = mapping_read(m), is = was;

	is.flags &= ~SL_MAPPING_COUNTED;
	if (was.references != 1 || !(was.flags & SL_MAPPING_COUNTED))
		return;
	s->inside = m->other;
	if (mapping_swap(m, was, is))
		host_gives(&s->inside, m->masquerade);
}

/* It may go over the quota by that: what a host has is not taken away. */
static __always_inline void count_mapping(struct scratch *s, struct sl_mapping *m)
{
	union mapping_word was = mapping_read(m), is = was;

	is.flags |= SL_MAPPING_COUNTED;
	if (!mapping_is_live(was) || (was.flags & SL_MAPPING_COUNTED))
		return;
	s->inside = m->other;
	if (host_takes(&s->inside, m->masquerade, NO_QUOTA) == HOST_COUNTED && !mapping_swap(m, was, is))
		host_gives(&s->inside, m->masquerade);
}

__noinline int count_open_mapping(__u32 open)
{
	struct scratch *s = scratch_get();
	struct sl_mapping *m;

	if (!s)
		return 0;
	m = bpf_map_lookup_elem(&nat_outside, &s->outside);
	if (!m)
		return 0;
	if (open)
		count_mapping(s, m);
	else
		uncount_mapping(s, m);
	return 1;
}
