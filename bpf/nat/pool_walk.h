/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The other addresses of a pool, where the host's own has no port left for a flow. */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/per_destination.h"
#include "bpf/nat/pool.h"
#include "bpf/nat/port_exhausted.h"
#include "bpf/nat/port_maps.h"
#include "bpf/nat/port_range.h"

#include "maps/config.h"
#include "maps/layout.h"
#include "maps/ports.h"
#include "maps/rules.h"

#define POOL_PAUSE 8  /* so many times a second a large pool without ports is looked through for one destination */
#define POOL_STEPS 32 /* from one address with a port to the next; behind so many without one the next packet goes on */

/* Of where the host's search through the pool for this destination stands. */
static __always_inline void place_key(struct scratch *s, const struct judgement *j)
{
	memset(&s->crowd, 0, sizeof(s->crowd));
	s->crowd.outside = j->in.source;
	s->crowd.peer = j->out.destination;
	s->crowd.peer_port = j->out.destination_port;
	s->crowd.vrf = j->in.vrf;
	s->crowd.protocol = j->in.protocol;
	s->crowd.chunk = SL_CROWD_POOL;
}

/*
 * The next address of the pool behind the host's own one. POOL_PASSED: nothing is left there towards the destination, as
 * others saw a moment ago. The steps of the walk are calls: the verifier reads each once.
 */
enum { POOL_NONE, POOL_NEXT, POOL_PASSED };

__noinline int step_in_pool(struct judgement *j, struct sl_crowd *place, __u32 own, __u32 others)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;

	if (!j || !s || !place || !others || place->pool.failed >= others)
		return POOL_NONE;
	m = masquerade_find(j);
	if (!m)
		return POOL_NONE;
	place->pool.failed++;
	if (!pick_from_pool(j, m, (own + 1 + place->pool.next++ % others) % (others + 1)))
		return POOL_NONE;
	first_range(&s->search, m, j);
	full_key_towards(s, j);
	return is_full(s, j) ? POOL_PASSED : POOL_NEXT;
}

/*
 * Another address of the pool, in turn, because this one has no port left for the flow: its host is seen with two
 * addresses, which is better than not at all. 0: there is none, or none of them had one a moment ago.
 */
__noinline int next_outside_address(struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_config *c = config_get();
	struct sl_masquerade *m;
	struct sl_crowd *place;
	int step = POOL_PASSED, i;
	__u32 others, own;

	if (!j || !s || !c)
		return 0;
	m = masquerade_find(j);
	if (!m || !m->ranges || m->hosts)
		return 0;
	others = pool_size(j, m) - 1;
	if ((__s32)others <= 0)
		return 0;
	place_key(s, j);
	place = make_crowd(s);
	if (!place)
		return 0;
	if (place->pool.failed >= others) {
		if (others > POOL_STEPS && (__s32)(j->now - place->pool.until) < 0)
			return 0;
		place->pool.failed = 0;
	}
	place->pool.until = j->now + c->hz / POOL_PAUSE;
	own = place_in_pool(j, m, others + 1);
	for (i = 0; i < POOL_STEPS && step == POOL_PASSED; i++)
		step = step_in_pool(j, place, own, others);
	return step == POOL_NEXT;
}

/* It had a port: the next flow begins there. */
static __always_inline void stay_at_address(struct scratch *s, const struct judgement *j)
{
	struct sl_crowd *place;

	place_key(s, j);
	place = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	if (!place)
		return;
	place->pool.failed = 0;
	place->pool.next--;
}
