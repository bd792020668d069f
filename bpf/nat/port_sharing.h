/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ports that are had towards one destination each (RFC 4787 section 4.1 calls that address and port dependent): of
 * "mapping": "per-destination", and where no port is left for a mapping. Such a port is claimed by inserting the entry
 * for its answers, which create_flow() does with BPF_NOEXIST; the bitmaps of port_crowds remember which are taken, so
 * that a search passes over them.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/hash.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/mapping.h"
#include "bpf/nat/port_bitmap.h"
#include "bpf/nat/port_claim.h"
#include "bpf/nat/port_exhausted.h"
#include "bpf/nat/port_maps.h"
#include "bpf/nat/port_rest.h"
#include "bpf/state/maps.h"
#include "bpf/state/slots.h"
#include "bpf/state/table.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/mapping.h"
#include "maps/ports.h"

#define CROWD_SECONDS 30 /* what stands in a bitmap by mistake is found out after that */

static __always_inline void note_crowd(struct scratch *s, const struct sl_tuple *arrives, __u16 vrf)
{
	memset(&s->crowd, 0, sizeof(s->crowd));
	s->crowd.outside = arrives->destination;
	s->crowd.peer = arrives->source;
	s->crowd.peer_port = arrives->source_port;
	s->crowd.vrf = vrf;
	s->crowd.protocol = arrives->protocol;
	s->crowd.chunk = bpf_ntohs(arrives->destination_port) / SL_CHUNK_PORTS;
}

/* Never 0, which is nobody. */
static __always_inline __u32 hash_of_peer(const struct sl_tuple *arrives)
{
	return mix(mix_address(&arrives->source) ^ arrives->source_port) | 1;
}

/* The flow that got these packets is gone. */
static __always_inline void leave_crowd(struct scratch *s, const struct sl_tuple *arrives, __u16 vrf)
{
	struct sl_crowd *crowd;

	note_crowd(s, arrives, vrf);
	crowd = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	if (!crowd)
		return;
	clear_bit(crowd->taken, arrives->destination_port);
	s->crowd.chunk = SL_CROWD_FULL;
	no_longer_full(s, arrives->destination_port);
}

/* The answers to j->out. */
static __always_inline void note_answers(struct scratch *s, const struct judgement *j)
{
	s->peer = j->out;
	tuple_turn(&s->peer);
}

/* The bitmap for s->outside's chunk, made where there is none. False: there is no room for it. */
static __always_inline bool prepare_crowd(struct scratch *s, const struct judgement *j, __u32 hz)
{
	__u64 now = (__u64)SL_GENERATION(j->version) << 32 | j->now, seen;
	struct sl_crowd *crowd;

	note_answers(s, j);
	s->peer.destination_port = s->outside.port;
	note_crowd(s, &s->peer, j->outside_vrf);
	crowd = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	if (!crowd) {
		bpf_map_update_elem(&port_crowds, &s->crowd, &s->empty_crowd, BPF_NOEXIST);
		crowd = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	}
	if (!crowd)
		return false;
	seen = *(volatile __u64 *)&crowd->seen;
	if (seen >> 32 == now >> 32 && j->now - (__u32)seen < CROWD_SECONDS * hz)
		return true;
	if (__sync_val_compare_and_swap(&crowd->seen, seen, now) == seen)
		memset(crowd->taken, 0, sizeof(crowd->taken));
	return true;
}

/* A mapping whose first flow is not there yet may be about to want this very destination. */
static __always_inline bool is_in_the_making(struct scratch *s, const struct sl_mapping *m, __u8 family)
{
	if (mapping_read(m).references != 1 || !m->slot)
		return false;
	slot_key(family, m->slot, &s->owner);
	return !flow_find(&s->owner);
}

/*
 * Whether somebody's port may serve s->peer as well. Not while it rests and this peer may still answer; and never with
 * "per-destination", where such mappings are of rules of before.
 */
static __always_inline bool may_be_shared(struct scratch *s, const struct judgement *j)
{
	struct sl_mapping *m = bpf_map_lookup_elem(&nat_outside, &s->outside);

	if (!m)
		return true;
	if (j->per_destination)
		return false;
	if (mapping_rests(mapping_read(m)))
		return has_rested(m->freed, j->now) || m->late != hash_of_peer(&s->peer);
	return !is_in_the_making(s, m, j->out.family);
}

/*
 * Tries s->outside towards the destination: sets the port in j->out. The bit is set before the flow is looked for, and
 * a flow's end removes it before its bit is cleared, so that no bit stays without a flow.
 */
__noinline int claim_towards(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_crowd *crowd;
	struct sl_chunk *chunk;

	if (!s || !j)
		return CLAIM_FULL;
	j->out.source_port = s->outside.port;
	note_answers(s, j);
	note_crowd(s, &s->peer, j->outside_vrf);
	crowd = bpf_map_lookup_elem(&port_crowds, &s->crowd);
	if (crowd)
		set_bit(crowd->taken, s->outside.port);
	if (flow_find(&s->peer) || !may_be_shared(s, j))
		return CLAIM_TAKEN;
	if (!port_is_ours(ctx, j, &s->outside))
		return CLAIM_DONE;
	chunk = chunk_find(s, &s->outside);
	mark_ours(chunk, &s->outside, j);
	if (chunk && crowd)
		clear_bit(crowd->taken, s->outside.port);
	return CLAIM_OURS;
}
