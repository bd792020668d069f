/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The accelerator: native XDP. What it cannot finish it hands on to tc, unchanged: errors to answer,
 * ICMP errors, packets for the gateway itself, neighbours that are not resolved, devices that take
 * no XDP frames.
 */
#include "bpf/base/ctx_xdp.h"
#include "bpf/gateway.h"
#include "bpf/proto/vxlan.h"
#include "bpf/stage/tunnel.h"
#include "bpf/stage/tunnel_sum.h"
#include "bpf/stage/tunnel_in.h"
#include "bpf/stage/write_tags.h"
#include "bpf/stage/tunnel_out.h"

static __always_inline verdict send_by(struct pkt *p, __u32 ifindex)
{
	p->action = bpf_redirect_map(&tx_ports, ifindex, XDP_DROP);
	return p->action == XDP_REDIRECT ? SL_V_FORWARDED : drop(p, SL_DROP_INTERNAL);
}

/* The head is moved once, by the difference between the tags that it had and those that it gets. */
static __always_inline verdict send_tagged(pkt_ctx *ctx, struct pkt *p, const struct sl_flow *f)
{
	struct sl_interface *out = interface_find(p->version, f->ifindex);

	if (!out || !out->trunk || bpf_xdp_adjust_head(ctx, (int)p->l3_off - (int)bytes_with_tags(out)))
		return drop(p, SL_DROP_INTERNAL);
	if (!write_macs(ctx, f) || !write_tags(ctx, p->family, out))
		return drop(p, SL_DROP_INTERNAL);
	return send_by(p, out->trunk);
}

static __always_inline verdict send_untagged(pkt_ctx *ctx, struct pkt *p, const struct sl_flow *f)
{
	if (bpf_xdp_adjust_head(ctx, (int)p->l3_off - (int)sizeof(struct ethhdr)))
		return drop(p, SL_DROP_INTERNAL);
	if (!write_macs(ctx, f) || !write_type(ctx, p->family, offsetof(struct ethhdr, h_proto)))
		return drop(p, SL_DROP_INTERNAL);
	return send_by(p, f->ifindex);
}

static __always_inline verdict send_by_tunnel(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f, struct sl_tunnel_end *end)
{
	__u32 device = wrap(ctx, p, f, end);

	return device ? send_by(p, device) : drop(p, SL_DROP_INTERNAL);
}

static __always_inline verdict send(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f, struct sl_tunnel_end *end)
{
	if (end)
		return send_by_tunnel(ctx, p, f, end);
	if (f->flags & SL_FLOW_TAGGED)
		return send_tagged(ctx, p, f);
	if (p->l3_off != sizeof(struct ethhdr))
		return send_untagged(ctx, p, f);
	return write_macs(ctx, f) ? send_by(p, f->ifindex) : drop(p, SL_DROP_INTERNAL);
}

/* Never reached by a packet: no frame is this short. */
static __always_inline bool is_description(struct xdp_md *ctx)
{
	return ctx_bytes(ctx) == 1 && describe_types() == 1;
}

/* tc has the pieces that came before this one, or wait for it. It finds the note of it, and no piece that has passed. */
static __always_inline verdict pieces(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	struct scratch *s = scratch_get();

	if (!(p->is & PKT_PIECE))
		return SL_V_NEXT;
	if (!s)
		return drop(p, SL_DROP_INTERNAL);
	if (p->is & PKT_FIRST_FRAGMENT) {
		note_first_fragment(p, f);
		if (has_parked(p, &s->fragment))
			return SL_V_HANDED_ON;
	}
	return pass_fragment(ctx, p, f);
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
	if (p->is & (PKT_ICMP_ERROR | PKT_ESSENTIAL | PKT_MULTICAST))
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
	STAGE(forwardable(p, f));
	STAGE(pieces(ctx, p, f));
	STAGE(limit(ctx, p, f));
	count_in_flow(f, p);
	STAGE(rewrite(ctx, p, f));
	if ((p->tunnel & TUNNEL_CONGESTED) && !mark_congestion(ctx, p))
		return drop(p, SL_DROP_INTERNAL);
	STAGE_EXCEPT(SL_V_FORWARDED, send(ctx, p, f, end));
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
		return XDP_PASS;
	}
	count(&p, v, true);
	return v == SL_V_FORWARDED ? p.action : XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
