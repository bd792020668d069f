/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Datagrams that nobody finishes fill the memory of whoever puts them together, for half a minute (docs/decisions/
 * 0033-fragments-answers-events.md). So many may be open for each source, and so many together for what comes in by one
 * interface and was never answered; the pieces of further ones wait here until all are there (hold.h).
 */
#pragma once

#define OPEN_SECONDS 30       /* how long receivers wait: Linux 30, others up to 60 */
#define OPEN_A_SOURCE 64      /* of flows that were answered too */
#define OPEN_AN_INTERFACE 256 /* a Linux host has room for 1,700 to 4,000, and may hear of several gateways */

static __always_inline bool open_in(__u32 row, const struct pkt *p, __s32 most)
{
	struct sl_fragments_open *o = bpf_map_lookup_elem(&fragments_open, &row);

	if (!o)
		return false;
	if (p->now - o->since > OPEN_SECONDS * p->hz) {
		o->since = p->now;
		o->count = 0;
	}
	if (*(volatile __s32 *)&o->count >= most)
		return false;
	__sync_fetch_and_add(&o->count, 1);
	return true;
}

/* `row` + 1; 0 counts nowhere. What was counted anew meanwhile does not fall below nothing. */
static __always_inline void close_in(__u32 number)
{
	__u32 row = number - 1;
	struct sl_fragments_open *o = number ? bpf_map_lookup_elem(&fragments_open, &row) : NULL;

	if (o && *(volatile __s32 *)&o->count > 0)
		__sync_fetch_and_add(&o->count, -1);
}

static __always_inline void close_datagram(const struct sl_fragment *row)
{
	close_in(row->open_source);
	close_in(row->open_interface);
}

/* A source that was answered is there; of others it takes one sender to forge as many as there are addresses. */
static __always_inline bool was_answered(const struct sl_flow *f)
{
	return f->state != SL_FLOW_HALF_OPEN || (f->flags & SL_FLOW_REPLY);
}

/* Whether its pieces may pass as they come: counted then. */
static __always_inline bool open_datagram(struct sl_fragment *row, const struct pkt *p, const struct sl_flow *f)
{
	struct sl_addr source;
	__u32 at;

	if (p->family == 4)
		addr_from4(&source, p->key.v4.source);
	else
		addr_from6(&source, p->key.v6.source);
	at = hash_of_source(&source, p->family, p->vrf, p->ifindex) % SL_FRAGMENT_SOURCES;
	if (!open_in(at, p, OPEN_A_SOURCE))
		return false;
	row->open_source = at + 1;
	if (was_answered(f))
		return true;
	at = SL_FRAGMENT_SOURCES + hash_of_interface(p->vrf, p->ifindex) % SL_FRAGMENT_INTERFACES;
	if (open_in(at, p, OPEN_AN_INTERFACE)) {
		row->open_interface = at + 1;
		return true;
	}
	close_in(row->open_source);
	row->open_source = 0;
	return false;
}
