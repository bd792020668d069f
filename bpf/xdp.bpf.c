/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The accelerator: native XDP. What it cannot finish it hands on to tc, unchanged: errors to answer,
 * ICMP errors, packets for the gateway itself, neighbours that are not resolved, devices that take
 * no XDP frames.
 */
#include "bpf/base/ctx_xdp.h"
#include "bpf/base/count.h"
#include "bpf/base/maps.h"
#include "bpf/base/patch_room.h"
#include "bpf/base/types.h"
#include "bpf/capture/departure.h"
#include "bpf/family/suits.h"
#include "bpf/path/admit.h"
#include "bpf/path/decap.h"
#include "bpf/path/flow.h"
#include "bpf/path/limit.h"
#include "bpf/path/parse.h"
#include "bpf/path/pieces_xdp.h"
#include "bpf/path/receive.h"
#include "bpf/path/rewrite.h"
#include "bpf/path/routable.h"
#include "bpf/path/transmit_xdp.h"
#include "bpf/state/leader.h"
#include "bpf/state/lookup.h"
#include "bpf/tunnel/encap.h"
#include "bpf/tunnel/outer.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/tunnel.h"

/* Never reached by a packet: no frame is this short. */
static __always_inline bool is_description(struct xdp_md *ctx)
{
	return ctx_bytes(ctx) == 1 && describe_types() == 1;
}

static __always_inline verdict gateway(pkt_ctx *ctx, struct pkt *p)
{
	struct sl_tunnel_end *end = NULL;
	struct eth_type type = {};
	struct found found;
	struct sl_flow *f;

	STAGE(receive(ctx, p, &type));
	STAGE(parse(ctx, p, type));
	STAGE(admit(p));
	if (may_be_tunnelled(p))
		STAGE(enter_tunnel(ctx, p));
	if ((p->is & (PKT_ICMP_ERROR | PKT_ESSENTIAL | PKT_MULTICAST)) || is_led_by_kind(p))
		return SL_V_HANDED_ON;
	STAGE(flow(ctx, p, &found));
	f = found.flow;
	if (!(f->flags & SL_FLOW_XDP))
		return SL_V_HANDED_ON;
	if (f->flags & SL_FLOW_TUNNEL) {
		end = tunnel_end_find(f->ifindex, f->dmac);
		if (!end || !can_wrap(ctx, p, end))
			return SL_V_HANDED_ON;
	}
	STAGE(suits_other_family(ctx, p, f));
	STAGE(routable(p, f));
	STAGE(pieces(ctx, p, f));
	STAGE(limit_sent_on(ctx, p, f));
	count_in_flow(f, p);
	STAGE(rewrite(ctx, p, f));
	if ((p->tunnel & TUNNEL_CONGESTED) && !mark_congestion(ctx, p))
		return drop(p, SL_DROP_INTERNAL);
	STAGE_EXCEPT(SL_V_FORWARDED, transmit(ctx, p, f, end));
	return still_of_flow(p, &found, SL_V_FORWARDED);
}

/* tc sees the packet next: what it will do itself is not counted here. */
static __always_inline bool is_for_tc(const struct pkt *p, verdict v)
{
	return v == SL_V_HANDED_ON || v == SL_V_TO_HOST || v == SL_V_IGNORED ||
	       (v == SL_V_DROPPED && p->answer != ANSWER_NONE);
}

SEC("xdp")
int sluice_xdp(struct xdp_md *ctx)
{
	struct pkt p = {};
	verdict v = is_description(ctx) ? SL_V_IGNORED : gateway(ctx, &p);

	if (is_for_tc(&p, v)) {
		count(&p, SL_V_HANDED_ON, true);
		PATCH_ROOM(5000);
		return XDP_PASS;
	}
	count(&p, v, true);
	note_departure(ctx, &p, v);
	return v == SL_V_FORWARDED ? p.action : XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
