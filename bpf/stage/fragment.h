/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pieces that follow a first fragment have no ports: they are found by source, destination and id. */
#pragma once

#define FRAGMENT_SECONDS 30 /* RFC 1122 section 3.3.2 wants 60 to 120 for reassembly, RFC 4787 leaves it open */

static __always_inline void fragment_key_of(const struct pkt *p, struct sl_fragment_key *k)
{
	if (p->family == 4) {
		addr_from4(&k->source, p->key.v4.source);
		addr_from4(&k->destination, p->key.v4.destination);
	} else {
		addr_from6(&k->source, p->key.v6.source);
		addr_from6(&k->destination, p->key.v6.destination);
	}
	k->id = p->fragment_id;
	k->vrf = p->vrf;
	k->protocol = p->protocol;
	k->zero = 0;
}

__noinline int note_first_fragment(struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_fragment value = {};

	if (!p || !s)
		return SL_DROP_INTERNAL;
	fragment_key_of(p, &s->fragment);
	value.stamp = p->now;
	if (p->family == 4) {
		value.source_port = p->key.v4.source_port;
		value.destination_port = p->key.v4.destination_port;
	} else {
		value.source_port = p->key.v6.source_port;
		value.destination_port = p->key.v6.destination_port;
	}
	bpf_map_update_elem(&fragments, &s->fragment, &value, BPF_ANY);
	return SL_DROP_NONE;
}

__noinline int follow_first_fragment(struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_fragment *first;

	if (!p || !s)
		return SL_DROP_INTERNAL;
	fragment_key_of(p, &s->fragment);
	first = bpf_map_lookup_elem(&fragments, &s->fragment);
	if (!first || p->now - first->stamp > FRAGMENT_SECONDS * p->hz)
		return SL_DROP_FRAGMENT;
	set_ports(p, first->source_port, first->destination_port);
	return SL_DROP_NONE;
}

static __always_inline verdict fragment(struct pkt *p)
{
	int rc;

	if (!(p->is & (PKT_FIRST_FRAGMENT | PKT_LATER_FRAGMENT)))
		return SL_V_NEXT;
	rc = p->is & PKT_FIRST_FRAGMENT ? note_first_fragment(p) : follow_first_fragment(p);
	return rc ? drop(p, rc) : SL_V_NEXT;
}
