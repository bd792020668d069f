/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which interface it came in by, and where the network header starts. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/types.h"
#include "bpf/capture/arrival.h"
#include "bpf/path/handed.h"
#include "bpf/proto/ethernet.h"
#include "bpf/proto/interface.h"
#include "bpf/proto/vlan.h"

#include "maps/config.h"
#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/interface.h"

/* One jiffy in 1,024: nobody's packets can choose to be in it, and to see that they are not costs a comparison. */
#define SAMPLED 1023

/* The rules in force, and what they say of the device; NULL: nothing. */
static __always_inline struct sl_interface *note_device(pkt_ctx *ctx, struct pkt *p, const struct sl_config *c)
{
	p->ifindex = ctx_ifindex(ctx);
	p->now = bpf_jiffies64();
	if (!(p->now & SAMPLED))
		p->began = bpf_ktime_get_ns();
	p->bytes = ctx_bytes(ctx);
	p->version = *(const volatile __u32 *)&c->version;
	p->hz = c->hz;
	return interface_find(p->version, p->ifindex);
}

static __always_inline bool is_managed(const struct pkt *p, const struct sl_interface *dev)
{
	return dev && (dev->flags & SL_IF_MANAGED) && p->version;
}

static __always_inline verdict receive(pkt_ctx *ctx, struct pkt *p, struct eth_type *type)
{
	struct sl_config *c = config_get();
	struct sl_interface *dev;

	if (!c)
		return drop(p, SL_DROP_INTERNAL);
	dev = note_device(ctx, p, c);
	note_arrival(ctx, p, c, CTX_IS_TC ? SL_CAPTURED_TC : SL_CAPTURED_XDP);
	if (!is_managed(p, dev))
		return dev && (dev->flags & SL_IF_TAGGER) ? SL_V_TO_TRUNK : drop(p, SL_DROP_NOT_READY);
	note_interface(p, dev);
	if (ctx_is_tagged(ctx)) {
		if (!pop_priorities(ctx))
			return drop(p, SL_DROP_INTERNAL);
		if (ctx_is_tagged(ctx))
			return leave_to_vlan(ctx, p);
	}
	ctx_linearize(ctx);
	if (dev->flags & SL_IF_NODES) {
		STAGE(take_handed(ctx, p));
		dev = interface_of_handed(p);
		if (!dev)
			return drop(p, SL_DROP_NOT_LED);
	}
	if (dev->flags & SL_IF_ETHERNET)
		return parse_ethernet(ctx, p, dev, type);
	type->be = ctx_protocol(ctx);
	return SL_V_NEXT;
}
