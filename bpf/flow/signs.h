/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What new connections to a backend of a service came to, counted for the daemon, which has those asked that seem to be in trouble
 * (docs/decisions/0057-signs.md). Packets of established flows do not come here.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/types.h"
#include "bpf/proto/icmp.h"
#include "bpf/state/tcp_window.h"

#include "maps/counters.h"
#include "maps/flow.h"

static __always_inline struct sl_object_count *signs_at(__u32 backend)
{
	return bpf_map_lookup_elem(&object_counters, &backend);
}

__noinline int note_refused(__u32 backend)
{
	struct sl_object_count *c = signs_at(backend);

	if (c)
		__sync_fetch_and_add(&c->refused, 1);
	return 0;
}

/* A connection begins. */
__noinline int note_asked(struct sl_flow *f)
{
	struct sl_object_count *c = f ? signs_at(f->policy) : NULL;

	if (!c)
		return 0;
	__sync_fetch_and_add(&c->asked, 1);
	return 0;
}

/* The same as in flow/connect_time.h, of the last one. */
static __always_inline void note_time(struct sl_object_count *c, const struct sl_flow *original)
{
	if (original->packets == 1 && !(original->flags & SL_FLOW_SYNPROXY))
		c->answer_us = microseconds_now() - original->tcp_ack;
}

/* A first answer of the backend, once for each flow: `was` and `said` are the state and the flags before it. */
static __always_inline void note_answer(struct sl_flow *f, const struct sl_flow *original, __u8 was, __u8 said)
{
	struct sl_object_count *c = signs_at(f->policy);

	if (!c || was != SL_FLOW_HALF_OPEN || (said & SL_TCP_SYN_ACK))
		return;
	if (f->state == SL_FLOW_CLOSING) {
		__sync_fetch_and_add(&c->refused, 1);
	} else if (f->tcp_flags & SL_TCP_SYN_ACK) {
		__sync_fetch_and_add(&c->answered, 1);
		note_time(c, original);
	} else if (f->state == SL_FLOW_ESTABLISHED) {
		__sync_fetch_and_add(&c->answered, 1); /* UDP */
	}
}

/* A packet that may have changed the state of the flow. */
__noinline int note_signs(struct sl_flow *f, struct sl_flow *peer, __u32 was, __u32 said)
{
	if (!f || !peer)
		return 0;
	if (f->flags & SL_FLOW_REPLY)
		note_answer(f, peer, was, said);
	return 0;
}

/* "Fragmentation needed" and what a client can provoke by its packet (a TTL that is too small) say nothing about the backend. */
static __always_inline bool is_unreachable(const struct pkt *p)
{
	if (p->family == 6)
		return p->icmp_type == ICMP6_DEST_UNREACH;
	return p->icmp_type == ICMP_DEST_UNREACH && p->icmp_code != ICMP_FRAG_NEEDED;
}

/* `f` is the direction whose other one the error quotes. A connection that was answered is TCP's own affair. */
static __always_inline void note_unreachable(const struct sl_flow *f, __u8 protocol)
{
	if (!(f->flags & SL_FLOW_REPLY))
		return; /* of a client */
	if (protocol == IPPROTO_TCP && (f->state != SL_FLOW_HALF_OPEN || (f->tcp_flags & SL_TCP_SYN_ACK)))
		return;
	note_refused(f->policy);
}
