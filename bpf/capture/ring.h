/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of packets, to who captures: see maps/capture.h. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/types.h"

#include "maps/capture.h"
#include "maps/config.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, SL_PACKET_RINGS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	PINNED;
} capture_rings SEC(".maps");

static __always_inline __u32 captures_running(const struct sl_config *c)
{
	return *(const volatile __u32 *)&c->capturing;
}

/* The daemon has ended, or does not answer. */
static __always_inline bool capture_is_over(const struct sl_config *c, __u32 i, __u64 time)
{
	__u32 now = time >> SL_CAPTURE_TIME_SHIFT;

	return (__s32)(now - *(const volatile __u32 *)&c->capture[i].until) > 0;
}

static __always_inline bool give_to(pkt_ctx *ctx, struct sl_captured *r, __u32 i, __u32 most)
{
	__u64 at = i * SL_CAPTURE_CPUS + bpf_get_smp_processor_id(), bytes = r->length;

	if (bytes > most)
		bytes = most;
	if (bytes > SL_CAPTURE_MOST)
		bytes = SL_CAPTURE_MOST;
	r->copied = bytes;
	return !bpf_perf_event_output(ctx, &capture_rings, bytes << 32 | at, r, sizeof(*r));
}

/* To these captures `most` bytes of the frame, and no more than each wants. Answers which of them took it. */
static __always_inline __u32 give_to_captures(pkt_ctx *ctx, struct sl_config *c, struct sl_captured *r, __u32 captures,
					      __u32 most)
{
	__u32 i, took = 0;

	if (bpf_get_smp_processor_id() >= SL_CAPTURE_CPUS)
		return 0;
#pragma unroll
	for (i = 0; i < SL_CAPTURES; i++) {
		__u32 wanted = *(const volatile __u32 *)&c->capture[i].snaplen;

		if (!(captures >> i & 1))
			continue;
		if (capture_is_over(c, i, r->time))
			__sync_fetch_and_and(&c->capturing, ~(1u << i));
		else if (give_to(ctx, r, i, most < wanted ? most : wanted))
			took |= 1u << i;
	}
	return took;
}
