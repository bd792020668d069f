/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The claim of one outside port, and what stands against it. Inserting the outside endpoint with BPF_NOEXIST
 * is the claim, so that no two CPUs or hooks get the same one.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/mapping.h"
#include "bpf/nat/port_bitmap.h"
#include "bpf/nat/port_rest.h"
#include "bpf/state/maps.h"
#include "bpf/state/table.h"
#include "bpf/tunnel/into_tunnel.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/mapping.h"
#include "maps/ports.h"
#include "maps/rules.h"

enum claim {
	CLAIM_DONE,
	CLAIM_TAKEN, /* by another mapping, or it rests */
	CLAIM_OURS,  /* by the gateway itself */
	CLAIM_FULL,  /* the mapping table has no room */
	CLAIM_MORE,  /* of a search: nothing yet, and there is more to look at */
};

static __always_inline __u32 socket_question(struct bpf_sock_tuple *t, const struct sl_endpoint *local,
					     const struct sl_addr *peer, __be16 peer_port, __u8 family)
{
	if (family == 4) {
		t->ipv4.daddr = local->address.w[3];
		t->ipv4.saddr = peer->w[3];
		t->ipv4.dport = local->port;
		t->ipv4.sport = peer_port;
		return sizeof(t->ipv4);
	}
	memcpy(t->ipv6.daddr, local->address.w, 16);
	memcpy(t->ipv6.saddr, peer->w, 16);
	t->ipv6.dport = local->port;
	t->ipv6.sport = peer_port;
	return sizeof(t->ipv6);
}

/* A socket of the gateway that would get what the peer sends to this endpoint. */
static __always_inline bool socket_has(pkt_ctx *ctx, struct scratch *s, const struct sl_endpoint *local,
				       const struct sl_addr *peer, __be16 peer_port, __u8 family)
{
	struct bpf_sock *sk;
	__u32 len;

	if (local->protocol != IPPROTO_TCP && local->protocol != IPPROTO_UDP)
		return false;
	len = socket_question(&s->socket, local, peer, peer_port, family);
	if (local->protocol == IPPROTO_TCP)
		sk = bpf_skc_lookup_tcp(ctx, &s->socket, len, BPF_F_CURRENT_NETNS, 0);
	else
		sk = bpf_sk_lookup_udp(ctx, &s->socket, len, BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	bpf_sk_release(sk);
	return true;
}

/* Whether a forward listens there. */
__noinline int forward_has(struct judgement *j, struct sl_endpoint *outside)
{
	struct sl_rules_header *h;

	if (!j || !outside)
		return 0;
	h = header_get(j->version);
	return h && h->forwards &&
	       forward_find(j->version, j->outside_vrf, outside->protocol, &outside->address, outside->port);
}

/* Whether a socket of the gateway would get what the flow's destination sends there. */
__noinline int socket_of_gateway_has(pkt_ctx *ctx, struct judgement *j, struct sl_endpoint *outside)
{
	struct scratch *s = scratch_get();

	if (!j || !s || !outside)
		return 1;
	return socket_has(ctx, s, outside, &j->out.destination, j->out.destination_port, j->out.family);
}

/* A port that a socket of the gateway has, or that a forward listens on, is never given out. */
static __always_inline bool port_is_ours(pkt_ctx *ctx, struct judgement *j, struct sl_endpoint *outside)
{
	return forward_has(j, outside) || tunnel_has(j, outside) || socket_of_gateway_has(ctx, j, outside);
}

/* The flow that gets what the destination sends to this endpoint. */
static __always_inline struct sl_flow *flow_answered_at(struct scratch *s, const struct sl_endpoint *outside,
							const struct judgement *j)
{
	s->peer = j->out;
	s->peer.source = outside->address;
	s->peer.source_port = outside->port;
	tuple_turn(&s->peer);
	return flow_find(&s->peer);
}

/* A flow of the gateway itself outlives its socket: until it ends, its peer's answers belong to it. */
static __always_inline bool is_of_gateway(const struct sl_flow *f)
{
	return f && (f->flags & (SL_FLOW_TO_HOST | SL_FLOW_FROM_HOST));
}

/* Ports of the range within one word. */
static __always_inline __u64 ports_in_word(__u32 first, __u32 last, __u32 word)
{
	__u32 low = word * 64, from = first > low ? first - low : 0;
	__u32 to = last < low + 63 ? last - low : 63;

	if (first > low + 63 || last < low)
		return 0;
	return (~0ull << (from & 63)) & (~0ull >> (63 - (to & 63)));
}

/* A range of a forward is often long: all that lies in the chunk is marked at once. */
__noinline int mark_range(struct sl_chunk *chunk, __u32 first, __u32 last, __u32 port)
{
	__u32 i, word = port / SL_CHUNK_PORTS * SL_CHUNK_WORDS;

	if (!chunk)
		return 0;
	for (i = 0; i < SL_CHUNK_WORDS; i++) {
		__u64 bits = ports_in_word(first, last, word + i);

		if (bits)
			__sync_fetch_and_or(&chunk->ours[i], bits);
	}
	return 1;
}

/* After port_is_ours(). */
static __always_inline void mark_ours(struct sl_chunk *chunk, const struct sl_endpoint *outside, struct judgement *j)
{
	struct sl_forward *f;

	if (!chunk)
		return;
	set_bit(chunk->ours, outside->port);
	f = forward_find(j->version, j->outside_vrf, outside->protocol, &outside->address, outside->port);
	if (f)
		mark_range(chunk, f->first_port, f->last_port, bpf_ntohs(outside->port));
}

static __always_inline bool may_take(const struct sl_mapping *m, const struct scratch *s, __u32 now)
{
	return (addr_equal(&m->other.address, &s->inside.address) && m->other.vrf == s->inside.vrf) ||
	       has_rested(m->freed, now);
}

/*
 * A resting port: its own host gets it back at once, another one when its time is over. The row stays, with
 * its nonce: it may stand in the line.
 */
static __always_inline enum claim take_resting(struct scratch *s, struct sl_chunk *chunk, __u32 now)
{
	struct sl_mapping *m = bpf_map_lookup_elem(&nat_outside, &s->outside);
	union mapping_word was, is;

	if (!m)
		return CLAIM_TAKEN;
	was = mapping_read(m);
	is = was;
	if (!mapping_rests(was))
		return CLAIM_TAKEN;
	if (!may_take(m, s, now))
		return CLAIM_TAKEN;
	is.references = SL_MAPPING_DEAD;
	if (!mapping_swap(m, was, is))
		return CLAIM_TAKEN;
	m->other = s->inside;
	m->masquerade = s->mapping.masquerade;
	was = is;
	is.references = 1;
	is.flags = (was.flags & SL_MAPPING_IN_LINE) | s->mapping.flags;
	if (chunk)
		clear_bit(chunk->resting, s->outside.port);
	return mapping_swap(m, was, is) ? CLAIM_DONE : CLAIM_TAKEN;
}

/* Whether somebody has the port, or had it last, who is in the way: asked first where that is likely. */
static __always_inline bool is_anothers(struct scratch *s, __u32 now)
{
	struct sl_mapping *m = bpf_map_lookup_elem(&nat_outside, &s->outside);

	if (!m)
		return false;
	return !mapping_rests(mapping_read(m)) || !may_take(m, s, now);
}

/*
 * Tries scratch's `outside`, a key of two tables, for the search. Its bit is set before its row is there, and it stays
 * set where another row is found.
 */
__noinline int claim_port(pkt_ctx *ctx, struct judgement *j, struct port_search *p)
{
	struct scratch *s = scratch_get();
	struct sl_chunk *chunk;
	struct sl_flow *f;
	int rc;

	if (!s || !j || !p)
		return CLAIM_FULL;
	chunk = chunk_of(s, &s->outside);
	if ((p->wanted != PORT_FREE || (chunk && bit_is_set(chunk->used, s->outside.port))) && is_anothers(s, j->now))
		return CLAIM_TAKEN;
	f = flow_answered_at(s, &s->outside, j);
	if (is_of_gateway(f) || port_is_ours(ctx, j, &s->outside)) {
		mark_ours(chunk, &s->outside, j);
		return CLAIM_OURS;
	}
	if (f) { /* somebody shares it towards this destination: it is free for the others */
		p->passed++;
		return CLAIM_TAKEN;
	}
	if (chunk)
		set_bit(chunk->used, s->outside.port);
	rc = bpf_map_update_elem(&nat_outside, &s->outside, &s->mapping, BPF_NOEXIST);
	if (!rc)
		return CLAIM_DONE;
	if (rc == EEXIST_RC)
		return take_resting(s, chunk, j->now);
	if (chunk)
		clear_bit(chunk->used, s->outside.port);
	return CLAIM_FULL;
}
