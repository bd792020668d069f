/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet as it came, to who captures. Without a capture it costs the reading of one flag. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/capture/ring.h"

#include "maps/capture.h"
#include "maps/config.h"
#include "maps/explained.h"

static __always_inline void note_tag(pkt_ctx *ctx, struct sl_captured *r)
{
	bool tagged = ctx_is_tagged(ctx);

	r->tag_protocol = tagged ? ctx_tag_protocol(ctx) : 0;
	r->tag = tagged ? bpf_ntohs(ctx_tag(ctx)) : 0;
}

/*
 * Nothing is known of it yet. Answers which captures took it: the others have lost it, and hear no more of it. What an earlier packet left in the judgement would be taken for this
 * one's.
 */
__noinline int capture_arrival(pkt_ctx *ctx, __u32 hook)
{
	struct scratch *s = scratch_get();
	struct sl_config *c = config_get();
	struct sl_captured *r;

	if (!s || !c)
		return 0;
	s->judgement.policy = 0;
	s->judgement.nat = 0;
	s->judgement.zone_out = 0;
	s->judgement.asked = SL_ASKED_INTERFACE;
	r = &s->captured;
	memset(r, 0, sizeof(*r));
	r->packet = bpf_ktime_get_ns();
	r->time = r->packet;
	r->ifindex = ctx_ifindex(ctx);
	r->ifindex_in = r->ifindex;
	r->length = ctx_bytes(ctx);
	r->point = SL_CAPTURED_IN;
	r->hook = hook;
	note_tag(ctx, r);
	return give_to_captures(ctx, c, r, captures_running(c), SL_CAPTURE_MOST);
}

static __always_inline void note_arrival(pkt_ctx *ctx, struct pkt *p, const struct sl_config *c,
					 enum sl_captured_hook hook)
{
	if (captures_running(c))
		p->captured = capture_arrival(ctx, hook);
}
