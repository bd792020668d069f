/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * That nothing is left is remembered for a moment, so that a flood which finds nothing costs little: of an outside
 * address for mappings, or towards one peer. Whoever gives a port back takes the word away.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/port_maps.h"

#include "maps/config.h"
#include "maps/layout.h"
#include "maps/ports.h"

#define LOW_PORTS 1024   /* a service may trust the port of a client below (RFC 4787 REQ-3) */
#define FULL_PART 8      /* of a second; then somebody looks again */
#define WANTED_SECONDS 8 /* clients ask again within that */

/* Of an outside endpoint's address, in scratch's `crowd`: for mappings. A peer may follow. */
static __always_inline void full_key(struct scratch *s, const struct sl_addr *outside, __u8 protocol, __u16 vrf)
{
	memset(&s->crowd, 0, sizeof(s->crowd));
	s->crowd.outside = *outside;
	s->crowd.vrf = vrf;
	s->crowd.protocol = protocol;
	s->crowd.chunk = SL_CROWD_FULL;
}

/* Of what a search looks through: both halves of the low ports are one, see port_range.h. */
static __always_inline __u32 range_word(struct scratch *s)
{
	const struct port_search *p = &s->search;

	s->crowd.low = p->low && p->last < LOW_PORTS;
	return s->crowd.low ? 1 << 16 | (LOW_PORTS - 1) : p->first << 16 | p->last;
}

/* Whether this range was found without a port for that key a moment ago. */
static __always_inline bool is_full(struct scratch *s, const struct judgement *j)
{
	__u32 range = range_word(s);
	struct sl_crowd *row = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	__u64 seen;

	if (!row || !row->full.range || row->full.range != range)
		return false;
	seen = *(volatile __u64 *)&row->seen;
	return seen >> 32 == SL_GENERATION(j->version) && (__s32)((__u32)seen - j->now) > 0;
}

static __always_inline struct sl_crowd *make_crowd(struct scratch *s)
{
	struct sl_crowd *row = bpf_map_lookup_elem(&port_crowds, &s->crowd);

	if (row)
		return row;
	bpf_map_update_elem(&port_crowds, &s->crowd, &s->empty_crowd, BPF_NOEXIST);
	return bpf_map_lookup_elem(&port_crowds, &s->crowd);
}

static __always_inline void note_full(struct scratch *s, const struct judgement *j)
{
	__u32 range = range_word(s);
	struct sl_config *c = config_get();
	struct sl_crowd *row = make_crowd(s);

	if (!row || !c)
		return;
	row->seen = (__u64)SL_GENERATION(j->version) << 32 | (__u32)(j->now + c->hz / FULL_PART);
	row->full.range = range;
}

/* Not when a port comes back: it is for who asked in vain. Never 0, which is no time. */
static __always_inline void note_wanted(struct scratch *s, __u32 now)
{
	struct sl_config *c = config_get();
	struct sl_crowd *row = make_crowd(s);

	if (row && c)
		row->full.wanted = (now + WANTED_SECONDS * c->hz) | 1;
}

static __always_inline bool is_wanted(const struct scratch *s, __u32 now)
{
	struct sl_crowd *row = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	__u32 until = row ? row->full.wanted : 0;

	return until && (__s32)(until - now) > 0;
}

/* This port came back. */
static __always_inline void no_longer_full(struct scratch *s, __be16 port)
{
	struct sl_crowd *row = bpf_map_lookup_elem(&port_crowds, &s->crowd);

	if (row)
		row->full.range = 0;
	if (bpf_ntohs(port) >= LOW_PORTS)
		return;
	s->crowd.low = 1;
	row = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	if (row)
		row->full.range = 0;
}

/* Where nothing rests, a search need not look while the address is full. s->crowd is full_key()'s, here and below. */
static __always_inline __u32 quiet_chunks(const struct scratch *s)
{
	struct sl_crowd *row = bpf_map_lookup_elem(&port_crowds, &s->crowd);

	return row ? *(volatile __u32 *)&row->full.quiet : 0;
}

/* Before the caller looks whether it is so: a port that comes to rest meanwhile is either seen or takes the word away. */
static __always_inline void note_quiet(struct scratch *s, __u32 chunk)
{
	struct sl_crowd *row = bpf_map_lookup_elem(&port_crowds, &s->crowd);

	if (row)
		__sync_fetch_and_or(&row->full.quiet, 1u << (chunk & 31));
}

static __always_inline void no_longer_quiet(struct scratch *s, __u32 chunk)
{
	struct sl_crowd *row = bpf_map_lookup_elem(&port_crowds, &s->crowd);

	if (row)
		__sync_fetch_and_and(&row->full.quiet, ~(1u << (chunk & 31)));
}

/* All words were looked at, and no bit stands for a port that was not tried. */
static __always_inline bool saw_everything(const struct port_search *p)
{
	return !p->left && p->tries;
}
