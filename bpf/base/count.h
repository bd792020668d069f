/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every packet is counted here, once: by interface and verdict, a drop by its reason and by the policy that says drop or reject,
 * and for the endpoints of networks. A fragment that waits is counted when it comes again, or when it is given up. What a hook
 * returns for a verdict is its entry file's business.
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/endpoint.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/interface.h"

/* Where no policy speaks of the packet, object 0: that is nobody's. */
__noinline int count_refusal(__u32 bytes)
{
	struct scratch *s = scratch_get();
	struct sl_object_count *c;
	__u32 object;

	if (!s || !s->judgement.policy)
		return 0;
	object = s->judgement.policy;
	c = bpf_map_lookup_elem(&object_counters, &object);
	if (!c)
		return 0;
	__sync_fetch_and_add(&c->packets, 1);
	__sync_fetch_and_add(&c->bytes, bytes);
	return 0;
}

static __always_inline void count_drop(const struct pkt *p)
{
	__u32 slot = p->slot;
	struct sl_drops *drops = bpf_map_lookup_elem(&drop_counters, &slot);
	struct sl_count *c;

	if (!drops)
		return;
	c = &drops->reason[p->reason & (SL_DROP_LIMIT - 1)];
	c->packets++;
	c->bytes += p->bytes;
	if (p->reason == SL_DROP_POLICY || p->reason == SL_DROP_REJECT)
		count_refusal(p->bytes);
}

static __always_inline void count_verdict(struct sl_iface_counters *c, const struct pkt *p, verdict v)
{
	switch (v) {
	case SL_V_FORWARDED:
		c->forwarded_packets++;
		c->forwarded_bytes += p->bytes;
		break;
	case SL_V_TO_HOST:
		c->to_host_packets++;
		c->to_host_bytes += p->bytes;
		break;
	case SL_V_FROM_HOST:
		c->from_host_packets++;
		c->from_host_bytes += p->bytes;
		break;
	case SL_V_IGNORED:
		c->ignored_packets++;
		break;
	default:
		c->dropped_packets++;
		c->dropped_bytes += p->bytes;
	}
}

/* How many bits a number has. */
static __always_inline __u32 bit_length(__u32 number)
{
	__u32 bits = 0;

#define HALVE(by)                \
	if (number >> (by)) {    \
		number >>= (by); \
		bits += (by);    \
	}
	HALVE(16)
	HALVE(8)
	HALVE(4)
	HALVE(2)
	HALVE(1)
#undef HALVE
	return bits + number;
}

/* Seldom: other CPUs may add at the same time. */
static __always_inline void add_time(struct sl_times *times, __u32 units)
{
	__u32 bits = bit_length(units >> 31 ? 0x7fffffff : units);

	__sync_fetch_and_add(&times->bucket[bits & (SL_TIME_BUCKETS - 1)], 1);
	__sync_fetch_and_add(&times->sum, units);
}

static __always_inline void count(struct pkt *p, verdict v, bool received)
{
	__u32 slot = p->slot;
	struct sl_iface_counters *c = bpf_map_lookup_elem(&iface_counters, &slot);

	if (!c || v == SL_V_PUT_OFF)
		return;
	if (v == SL_V_HANDED_ON) {
		c->handed_on_packets++;
		return;
	}
	if (received) {
		c->rx_packets++;
		c->rx_bytes += p->bytes;
	}
	count_verdict(c, p, v);
	if (p->began && v == SL_V_FORWARDED)
		add_time(&c->forward, (__u32)bpf_ktime_get_ns() - p->began);
	if (v == SL_V_DROPPED || v == SL_V_ANSWERED)
		count_drop(p);
	/* A tunnel has no XDP, and XDP sends nothing into one. */
	if (CTX_IS_TC && v != SL_V_IGNORED && ((p->dev & SL_IF_NETWORK) || (p->is & PKT_TO_NETWORK)))
		count_for_endpoints(p, v, received);
}
