/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of a mapping. */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/host_quota.h"
#include "bpf/nat/mapping.h"
#include "bpf/nat/port_rest.h"
#include "bpf/nat/report.h"
#include "bpf/state/maps.h"

#include "maps/events.h"
#include "maps/mapping.h"

/* New flows of the inside endpoint may have got another outside endpoint meanwhile. */
static __always_inline void forget_inside(const struct sl_endpoint *inside, const struct sl_endpoint *outside)
{
	struct sl_endpoint *now = bpf_map_lookup_elem(&nat_inside, inside);

	if (now && endpoint_equal(now, outside))
		bpf_map_delete_elem(&nat_inside, inside);
}

/*
 * A flow that held the mapping of this outside endpoint ends; the last one takes the mapping with it. The port rests if one
 * of them may still be answered: `late` is who would, by hash; 0: nobody. To the verifier of Linux 6.1 what a function gets
 * by pointer cannot be the key of a table, so the key is a copy.
 */
__noinline int release_mapping(struct sl_endpoint *which, __u32 late)
{
	struct scratch *s = scratch_get();
	struct sl_endpoint *outside;
	struct sl_mapping *m;
	__u16 flags;

	if (!s || !which)
		return 0;
	outside = &s->released;
	*outside = *which;
	m = bpf_map_lookup_elem(&nat_outside, outside);
	if (!m)
		return 0;
	m->slot = 0; /* it may be that of the flow that ends */
	if (!mapping_let_go(m, late ? SL_MAPPING_RESTS : 0))
		return 0;
	flags = mapping_read(m).flags;
	s->inside = m->other;
	forget_inside(&s->inside, outside);
	if (flags & SL_MAPPING_COUNTED)
		host_gives(&s->inside, m->masquerade);
	if (flags & SL_MAPPING_SHARED)
		vrf_gives(s->inside.vrf);
	report_mapping(SL_EVENT_MAPPING_ENDED, outside, m);
	rest_or_remove(s, m, outside, late);
	return 1;
}
