/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A first packet waits for memory more than it works, and one wait after the other: each table is asked when it is needed. So
 * the lines that a flow will need, most likely, are asked for at once before the first of them is: loads do not wait for each
 * other, as long as few instructions are between them (docs/decisions/0088-first-packets.md).
 */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/flow/half_open.h"
#include "bpf/nat/mapping.h"
#include "bpf/state/maps.h"
#include "bpf/state/rows.h"
#include "bpf/state/table.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/mapping.h"

static __always_inline struct sl_home *home_of(const struct sl_config *c, struct scratch *s, const struct sl_tuple *t,
					       const __u8 family)
{
	if (family == 4)
		key4_of(t, &s->key.v4);
	else
		key6_of(t, &s->key.v6);
	return home_at(sl_flow_home(key_hash(c, &s->key, family), home_count(family)), family);
}

static __always_inline bool gets_mapping(const struct judgement *j)
{
	return j->masquerade && !j->per_destination;
}

/*
 * The rows of both directions, as if the port stayed (that of the original has been looked for), and both ends of a mapping. One
 * look at a table of the kernel is before the rows and one behind: two of these in a row are too far apart for the processor.
 */
static __always_inline void fetch(const struct sl_config *c, struct scratch *s, struct judgement *j, const __u8 family)
{
	struct sl_home *original = home_of(c, s, &j->in, family), *reply = home_of(c, s, &s->peer, family);

	if (!original || !reply)
		return;
	if (gets_mapping(j))
		bpf_map_lookup_elem(&nat_outside, &s->outside);
	row_word(reply, 0);
	fetch_row(reply, family);
	fetch_row(original, family);
	if (gets_mapping(j))
		j->is_unmapped = !bpf_map_lookup_elem(&nat_inside, &s->inside);
}

/* Sets j->is_unmapped where it becomes known. */
__noinline int fetch_ahead(struct judgement *j)
{
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();

	if (!c || !s || !j || (j->flags & SL_FLOW_OTHER_FAMILY))
		return 0;
	endpoint_set(&s->inside, &j->in.source, j->in.source_port, j->in.protocol, j->scope);
	s->inside.vrf = j->in.vrf;
	outside_endpoint(&s->outside, &j->out.source, j->in.source_port, j->in.protocol, j->outside_vrf);
	s->peer = j->out;
	tuple_turn(&s->peer);
	if (j->in.family == 4)
		fetch(c, s, j, 4);
	else
		fetch(c, s, j, 6);
	return 0;
}

/* Row `number` of the arrays that packets reach in no order (GC_TOUCH). */
static __always_inline void touch_rows(__u32 family, __u32 number)
{
	struct sl_home *home = home_at(number, family);

	if (home)
		row_word(home, 0);
	if (family == 4)
		place_at(number);
}
