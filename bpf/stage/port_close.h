/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the quota of mappings is hard, a mapping whose only connection is closed is not counted for its host, though its
 * flow stays for a while; it is again when the same ports are used again. The same of a flow that shares a port.
 */
#pragma once

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

/* The bytes of sl_flow around `holds`, which change as one where it matters who was first. */
union holds_word {
	__u32 all;
	struct {
		__u8 tcp_scale, tcp_flags, zone_out, holds;
	};
};

_Static_assert(offsetof(struct sl_flow, tcp_scale) % 4 == 0 &&
		       offsetof(struct sl_flow, holds) == offsetof(struct sl_flow, tcp_scale) + 3,
	       "they are one word");

static __always_inline __u32 *holds_at(struct sl_flow *f)
{
	return (__u32 *)&f->tcp_scale;
}

/* Whether this call took away that the flow is counted for its host: then the count is the caller's to give back. */
static __always_inline bool take_count(struct sl_flow *f)
{
	union holds_word count = { .holds = SL_HOLDS_COUNT };

	return __sync_fetch_and_and(holds_at(f), ~count.all) & count.all;
}

static __always_inline bool put_count(struct sl_flow *f)
{
	union holds_word count = { .holds = SL_HOLDS_COUNT };

	return !(__sync_fetch_and_or(holds_at(f), count.all) & count.all);
}

static __always_inline void note_sharer(struct scratch *s, const struct sl_tuple *original)
{
	endpoint_set(&s->inside, &original->source, original->source_port, original->protocol, 0);
	s->inside.vrf = original->vrf;
}

/* A flow that shares its port is closed, or ends: it is not counted any more. `original`: of its first packet. */
__noinline int uncount_share(struct sl_tuple *original, struct sl_flow *o)
{
	struct scratch *s = scratch_get();

	if (!s || !original || !o || !take_count(o))
		return 0;
	note_sharer(s, original);
	return host_gives(&s->inside, o->nat);
}

/* It is open again, and may go over the quota by that, as in count_mapping(). */
__noinline int count_share(struct sl_tuple *original, struct sl_flow *o)
{
	struct scratch *s = scratch_get();

	if (!s || !original || !o || (o->holds & SL_HOLDS_COUNT))
		return 0;
	note_sharer(s, original);
	if (host_takes(&s->inside, o->nat, NO_QUOTA) != HOST_COUNTED)
		return 0;
	return put_count(o) || host_gives(&s->inside, o->nat);
}

static __always_inline void note_share_close(struct sl_tuple *original, struct sl_flow *o)
{
	if (o->state == SL_FLOW_CLOSING)
		uncount_share(original, o);
	else
		count_share(original, o);
}
