/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* tc egress: the interface is where the packet leaves, and its link header is the gateway's own. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/types.h"
#include "bpf/capture/arrival.h"
#include "bpf/path/receive.h"
#include "bpf/proto/interface.h"

#include "maps/config.h"
#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/interface.h"

static __always_inline verdict receive_own(pkt_ctx *ctx, struct pkt *p)
{
	struct sl_config *c = config_get();
	struct sl_interface *dev;

	if (!c)
		return drop(p, SL_DROP_INTERNAL);
	dev = note_device(ctx, p, c);
	note_arrival(ctx, p, c, SL_CAPTURED_EGRESS);
	if (!is_managed(p, dev))
		return drop(p, SL_DROP_NOT_READY);
	note_interface(p, dev);
	if (ctx_is_tagged(ctx))
		return SL_V_IGNORED; /* its VLAN's device has judged it */
	ctx_linearize(ctx);
	p->l3_off = dev->flags & SL_IF_ETHERNET ? sizeof(struct ethhdr) : 0;
	return SL_V_NEXT;
}

static __always_inline void note_own_destination(struct pkt *p)
{
	if (p->family == 4) {
		__u32 destination = bpf_ntohl(p->key.v4.destination);

		if ((destination >> 28) == 0xe || destination == 0xffffffff)
			p->is |= PKT_MULTICAST;
	} else if ((p->key.v6.destination[0] & bpf_htonl(0xff000000)) == bpf_htonl(0xff000000)) {
		p->is |= PKT_MULTICAST;
	}
}
