/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tuples: keys of both families seen as one type, and turned round. */
#pragma once

#include "bpf/base/types.h"

#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/protocols.h"

#define MAPPED_PREFIX bpf_htonl(0x0000ffff)

static __always_inline void addr_from4(struct sl_addr *a, __be32 v4)
{
	a->w[0] = 0;
	a->w[1] = 0;
	a->w[2] = MAPPED_PREFIX;
	a->w[3] = v4;
}

static __always_inline __u8 family_of(const struct sl_addr *a)
{
	return a->w[0] || a->w[1] || a->w[2] != MAPPED_PREFIX ? 6 : 4;
}

static __always_inline void addr_from6(struct sl_addr *a, const __be32 *v6)
{
	a->w[0] = v6[0];
	a->w[1] = v6[1];
	a->w[2] = v6[2];
	a->w[3] = v6[3];
}

static __always_inline bool addr_equal(const struct sl_addr *a, const struct sl_addr *b)
{
	return a->w[0] == b->w[0] && a->w[1] == b->w[1] && a->w[2] == b->w[2] && a->w[3] == b->w[3];
}

static __always_inline bool tuple_equal(const struct sl_tuple *a, const struct sl_tuple *b)
{
	return addr_equal(&a->source, &b->source) && addr_equal(&a->destination, &b->destination) &&
	       a->source_port == b->source_port && a->destination_port == b->destination_port && a->vrf == b->vrf &&
	       a->protocol == b->protocol && a->family == b->family;
}

static __always_inline void tuple_of(const struct pkt *p, struct sl_tuple *t)
{
	if (p->family == 4) {
		addr_from4(&t->source, p->key.v4.source);
		addr_from4(&t->destination, p->key.v4.destination);
		t->source_port = p->key.v4.source_port;
		t->destination_port = p->key.v4.destination_port;
	} else {
		addr_from6(&t->source, p->key.v6.source);
		addr_from6(&t->destination, p->key.v6.destination);
		t->source_port = p->key.v6.source_port;
		t->destination_port = p->key.v6.destination_port;
	}
	t->vrf = p->vrf;
	t->protocol = p->protocol;
	t->family = p->family;
}

static __always_inline void tuple_turn(struct sl_tuple *t)
{
	swap(t->source, t->destination);
	swap(t->source_port, t->destination_port);
}

static __always_inline void key4_of(const struct sl_tuple *t, struct sl_flow4_key *k)
{
	k->source = t->source.w[3];
	k->destination = t->destination.w[3];
	k->source_port = t->source_port;
	k->destination_port = t->destination_port;
	k->vrf = t->vrf;
	k->protocol = t->protocol;
	k->zero = 0;
}

static __always_inline void key6_of(const struct sl_tuple *t, struct sl_flow6_key *k)
{
	memcpy(k->source, t->source.w, 16);
	memcpy(k->destination, t->destination.w, 16);
	k->source_port = t->source_port;
	k->destination_port = t->destination_port;
	k->vrf = t->vrf;
	k->protocol = t->protocol;
	k->zero = 0;
}

static __always_inline void tuple_from4(const struct sl_flow4_key *k, struct sl_tuple *t)
{
	addr_from4(&t->source, k->source);
	addr_from4(&t->destination, k->destination);
	t->source_port = k->source_port;
	t->destination_port = k->destination_port;
	t->vrf = k->vrf;
	t->protocol = k->protocol;
	t->family = 4;
}

static __always_inline void tuple_from6(const struct sl_flow6_key *k, struct sl_tuple *t)
{
	addr_from6(&t->source, k->source);
	addr_from6(&t->destination, k->destination);
	t->source_port = k->source_port;
	t->destination_port = k->destination_port;
	t->vrf = k->vrf;
	t->protocol = k->protocol;
	t->family = 6;
}

static __always_inline __u8 other_family(__u8 family)
{
	return family == 4 ? 6 : 4;
}

/* In which packets of this direction leave. */
static __always_inline __u8 family_out(const struct sl_flow *f, __u8 family)
{
	return f->flags & SL_FLOW_OTHER_FAMILY ? other_family(family) : family;
}

/* Of the flow's first packet, and so of its slot; `family` is that of this direction. */
static __always_inline __u8 family_begun(const struct sl_flow *f, __u8 family)
{
	return f->flags & SL_FLOW_REPLY ? family_out(f, family) : family;
}

/* What packets of a flow look like when they leave: what the entry says in place of the tuple. */
static __always_inline void flow_out(const struct sl_flow *f, __u8 family, struct sl_tuple *t)
{
	t->vrf = f->vrf;
	t->family = family_out(f, family);
	if (f->flags & SL_FLOW_OTHER_FAMILY)
		t->protocol = sl_protocol_in_other_family(t->protocol);
	if (t->family == 4) {
		addr_from4(&t->source, f->source4);
		addr_from4(&t->destination, f->destination4);
	} else {
		addr_from6(&t->source, f->source6);
		addr_from6(&t->destination, f->destination6);
	}
	t->source_port = f->source_port;
	t->destination_port = f->destination_port;
}

static __always_inline void destination_out(const struct sl_flow *f, __u8 family, struct sl_addr *a)
{
	if (family_out(f, family) == 4)
		addr_from4(a, f->destination4);
	else
		addr_from6(a, f->destination6);
}

/* The key of the other direction: the translated tuple turned round. */
static __always_inline void tuple_of_peer(const struct sl_tuple *t, const struct sl_flow *f, struct sl_tuple *peer)
{
	*peer = *t;
	flow_out(f, t->family, peer);
	tuple_turn(peer);
}
