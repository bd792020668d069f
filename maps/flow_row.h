/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the two rows of a flow are filled: by the packet path with its first packet, and by the daemon for a flow that
 * the other engine carried. Checksums are incremental (RFC 1624): a delta is the ones' complement sum of the new words
 * less that of the old ones, folded to 16 bits. All in the packet's byte order, which such sums do not care about (RFC 1071
 * section 2).
 */
#pragma once

#include "flow.h"

#define SL_TCP_SCALE_MAX 14 /* RFC 7323; also where the SYN was not seen */

SL_FUNCTION __u16 csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

SL_FUNCTION __u32 csum_words(__be32 word)
{
	return (word & 0xffff) + (word >> 16);
}

SL_FUNCTION __u16 csum_delta(__u32 old_sum, __u32 new_sum)
{
	return csum_fold((__u32)csum_fold(new_sum) + (__u16)~csum_fold(old_sum));
}

SL_FUNCTION __u32 csum_addr(const struct sl_addr *a)
{
	return csum_words(a->w[0]) + csum_words(a->w[1]) + csum_words(a->w[2]) + csum_words(a->w[3]);
}

SL_FUNCTION __u32 csum_tuple_addresses(const struct sl_tuple *t)
{
	return csum_addr(&t->source) + csum_addr(&t->destination);
}

/* What arrives as `from` leaves as `to`. */
SL_FUNCTION void sl_flow_set_deltas(struct sl_flow *f, const struct sl_tuple *from, const struct sl_tuple *to)
{
	f->address_delta = csum_delta(csum_tuple_addresses(from), csum_tuple_addresses(to));
	if (f->address_delta == 0xffff) /* 0 in its other form: no checksum needs to be touched */
		f->address_delta = 0;
	f->port_delta = csum_delta((__u32)from->source_port + from->destination_port,
				   (__u32)to->source_port + to->destination_port);
	if (from->source_port == to->source_port && from->destination_port == to->destination_port)
		f->port_delta = 0;
}

/* Of the answers, whose sums change back: what is added here is taken away there. 0 stays what needs no change. */
SL_FUNCTION void sl_flow_turn_deltas(struct sl_flow *r, const struct sl_flow *f)
{
	r->address_delta = f->address_delta ? ~f->address_delta : 0;
	r->port_delta = f->port_delta ? ~f->port_delta : 0;
}

/* What its packets leave as. */
SL_FUNCTION void sl_flow_set_out(struct sl_flow *f, const struct sl_tuple *t)
{
	f->vrf = t->vrf;
	f->source4 = t->family == 4 ? t->source.w[3] : 0;
	f->destination4 = t->family == 4 ? t->destination.w[3] : 0;
	if (t->family == 6) {
		__builtin_memcpy(f->source6, t->source.w, 16);
		__builtin_memcpy(f->destination6, t->destination.w, 16);
	}
	f->source_port = t->source_port;
	f->destination_port = t->destination_port;
}

/* Of the answers, by those of the original direction. */
SL_FUNCTION __u16 sl_reply_flags(__u16 flags)
{
	__u16 reply = SL_FLOW_REPLY;

	if (flags & SL_FLOW_NEW_SOURCE)
		reply |= SL_FLOW_NEW_DESTINATION;
	if (flags & SL_FLOW_NEW_DESTINATION)
		reply |= SL_FLOW_NEW_SOURCE;
	if (flags & SL_FLOW_TO_HOST)
		reply |= SL_FLOW_FROM_HOST;
	if (flags & SL_FLOW_FROM_HOST)
		reply |= SL_FLOW_TO_HOST;
	reply |= flags & (SL_FLOW_SYNPROXY | SL_FLOW_OTHER_FAMILY);
	return reply;
}

/* What both rows say of a flow; as in sl_flow. */
struct sl_flow_facts {
	__u32 version, stamp, policy, nat, slot;
	__u16 ifindex_in, outside_vrf, view, limits;
	__u8 state;
};

/* An empty row becomes one of the directions. */
SL_FUNCTION void sl_flow_begin(struct sl_flow *f, const struct sl_tuple *out, const struct sl_flow_facts *facts)
{
	sl_flow_set_out(f, out);
	f->state = facts->state;
	f->tcp_scale = SL_TCP_SCALE_MAX;
	f->limits = facts->limits;
	f->version = facts->version;
	f->stamp = facts->stamp;
	f->policy = facts->policy;
	f->nat = facts->nat;
	f->ifindex_in = facts->ifindex_in;
	f->outside_vrf = facts->outside_vrf;
	f->view = facts->view;
	f->slot = facts->slot;
}
