/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long those behind an interface take to answer when a connection is made: at the server's side from the SYN to its SYN-ACK, at the
 * client's from that to what acknowledges it. It is counted where the answer came in, and for the endpoint of a network that sent it
 * (maps/counters.h). Packets of established flows do not come here.
 *
 * When it was asked is kept in `tcp_ack` of the original direction, for as long as its client has acknowledged nothing. Where either side
 * sent more than once nobody knows what was answered (P. Karn, C. Partridge, SIGCOMM 1987), and nothing is counted; nor is what the
 * gateway answers itself, or what it asks in somebody's place (SYN cookies).
 */
#pragma once

#include "bpf/base/count.h"
#include "bpf/base/endpoint.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/state/tcp_window.h"

#include "maps/counters.h"
#include "maps/flow.h"
#include "maps/interface.h"

static __always_inline void add_connect_time(const struct pkt *p, struct scratch *s, __u32 microseconds)
{
	__u32 slot = p->slot, number;
	struct sl_iface_counters *c = bpf_map_lookup_elem(&iface_counters, &slot);
	struct sl_endpoint_count *endpoint;

	if (c)
		add_time(&c->connect, microseconds);
	if (!(p->dev & SL_IF_NETWORK))
		return;
	near_address(p, true, &s->candidate.source);
	number = endpoint_at(p->version, p->vrf, &s->candidate.source);
	endpoint = number ? bpf_map_lookup_elem(&endpoint_counters, &number) : NULL;
	if (endpoint)
		add_time(&endpoint->connect, microseconds);
}

/* `said` is what the packet's direction had said before it, in SL_TCP_*; `asked` is f->tcp_ack before it. */
__noinline int note_connect_time(struct pkt *p, struct sl_flow *f, struct sl_flow *peer, __u32 said, __u32 asked)
{
	struct scratch *s = scratch_get();
	__u32 now = microseconds_now();

	if (!s || !p || !f || !peer)
		return 0;
	if (f->flags & SL_FLOW_REPLY) {
		if (!(f->tcp_flags & ~said & SL_TCP_SYN_ACK) || (peer->tcp_flags & SL_TCP_ACKED))
			return 0;
		asked = peer->tcp_ack;
		peer->tcp_ack = now;
	} else if (!(f->tcp_flags & ~said & SL_TCP_ACKED) || !(peer->tcp_flags & SL_TCP_SYN_ACK) ||
		   peer->packets != 1) {
		return 0;
	}
	if (asked && (f->flags & SL_FLOW_REPLY ? peer : f)->packets == 1 && !(f->flags & SL_FLOW_FROM_HOST))
		add_connect_time(p, s, now - asked);
	return 0;
}
