/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who has few ports of an address and finds none leaves a note there; as long as it stands, hosts that have their part get no more
 * (maps/ports.h, docs/decisions/0032-ports-that-run-out.md).
 */
#pragma once

#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/host_quota.h"
#include "bpf/nat/pool.h"
#include "bpf/nat/port_exhausted.h"

#include "maps/layout.h"
#include "maps/rules.h"

/* By hosts that have few, of one that has its part; a block of ports is its host's alone. */
static __always_inline bool ports_are_wanted(struct scratch *s, const struct judgement *j,
					     const struct sl_masquerade *m)
{
	if (m->hosts || (m->flags & SL_MASQUERADE_HARD_QUOTA))
		return false;
	full_key(s, &s->outside.address, s->outside.protocol, s->outside.vrf);
	return is_wanted(s, j->now);
}

/* No port is left for a mapping of j->in's source, and its host has not more than its part: who has more waits. */
__noinline int note_want(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;

	if (!s || !j || s->search.has_enough)
		return 0;
	m = masquerade_find(j);
	if (!m || host_count_of(s, &j->in, j->nat) >= m->mappings_per_host)
		return 0;
	full_key(s, &j->out.source, j->in.protocol, j->outside_vrf);
	note_wanted(s, j->now);
	return 1;
}
