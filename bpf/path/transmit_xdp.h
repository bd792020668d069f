/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Out of the flow's interface (XDP), by the map of devices. */
#pragma once

#include "bpf/base/ctx_xdp.h"
#include "bpf/base/maps.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/output/macs.h"
#include "bpf/output/vlan_tags.h"
#include "bpf/tunnel/encap.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/interface.h"
#include "maps/tunnel.h"

static __always_inline verdict transmit_by(struct pkt *p, __u32 ifindex)
{
	p->left_by = ifindex;
	p->action = bpf_redirect_map(&tx_ports, ifindex, XDP_DROP);
	return p->action == XDP_REDIRECT ? SL_V_FORWARDED : drop(p, SL_DROP_INTERNAL);
}

/* The head is moved once, by the difference between the tags that it had and those that it gets. */
static __always_inline verdict transmit_tagged(pkt_ctx *ctx, struct pkt *p, const struct sl_flow *f)
{
	struct sl_interface *out = interface_find(p->version, f->ifindex);

	if (!out || !out->trunk || bpf_xdp_adjust_head(ctx, (int)p->l3_off - (int)bytes_with_tags(out)))
		return drop(p, SL_DROP_INTERNAL);
	if (!write_macs(ctx, f) || !write_tags(ctx, family_out(f, p->family), out))
		return drop(p, SL_DROP_INTERNAL);
	return transmit_by(p, out->trunk);
}

static __always_inline verdict transmit_untagged(pkt_ctx *ctx, struct pkt *p, const struct sl_flow *f)
{
	if (bpf_xdp_adjust_head(ctx, (int)p->l3_off - (int)sizeof(struct ethhdr)))
		return drop(p, SL_DROP_INTERNAL);
	if (!write_macs(ctx, f) || !write_type(ctx, family_out(f, p->family), offsetof(struct ethhdr, h_proto)))
		return drop(p, SL_DROP_INTERNAL);
	return transmit_by(p, f->ifindex);
}

static __always_inline verdict transmit_by_tunnel(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f,
						  struct sl_tunnel_end *end)
{
	__u32 device = wrap(ctx, p, f, end);

	return device ? transmit_by(p, device) : drop(p, SL_DROP_INTERNAL);
}

static __always_inline verdict transmit(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f, struct sl_tunnel_end *end)
{
	if (end)
		return transmit_by_tunnel(ctx, p, f, end);
	if (f->flags & SL_FLOW_TAGGED)
		return transmit_tagged(ctx, p, f);
	if (p->l3_off != sizeof(struct ethhdr))
		return transmit_untagged(ctx, p, f);
	return write_macs(ctx, f) ? transmit_by(p, f->ifindex) : drop(p, SL_DROP_INTERNAL);
}
