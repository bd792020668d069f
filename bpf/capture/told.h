/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which flow has become established, to the daemon, which tells other gateways of it (maps/capture.h). */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/types.h"
#include "bpf/capture/ring.h"

#include "maps/capture.h"
#include "maps/config.h"
#include "maps/flow.h"

/* The daemon says so again and again: it may have ended. */
static __always_inline bool somebody_hears(const struct sl_config *c, __u32 now)
{
	__u32 until = *(const volatile __u32 *)&c->told_until;

	return until && (__s32)(until - now) > 0;
}

/* By the key that the flow began with. */
static __always_inline bool tell_established(pkt_ctx *ctx, struct sl_tuple *original)
{
	__u32 cpu = bpf_get_smp_processor_id();

	if (cpu >= SL_CAPTURE_CPUS)
		return false;
	return !bpf_perf_event_output(ctx, &capture_rings, SL_TOLD_RINGS + cpu, original, sizeof(*original));
}
