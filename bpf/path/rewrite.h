/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Translation of the packet itself: addresses, ports, TTL, checksums. What differs by hook is in write_*.h. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"
#include "bpf/family/exchange.h"
#include "bpf/output/addresses.h"
#include "bpf/output/mss.h"
#include "bpf/proto/icmp.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

/* Where the ports, or the query's id, stand and what they become. */
static __always_inline bool rewrite_ports(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f)
{
	if (p->is & (PKT_ICMP_QUERY | PKT_ICMP_REPLY)) {
		__be16 *id = __hdr_at(ctx, p->l4_off + offsetof(struct icmp_echo_header, id), sizeof(__be16));

		if (!id)
			return false;
		*id = p->is & PKT_ICMP_QUERY ? f->source_port : f->destination_port;
	} else {
		__be16 *port = __hdr_at(ctx, p->l4_off, 2 * sizeof(__be16));

		if (!port)
			return false;
		port[0] = f->source_port;
		port[1] = f->destination_port;
	}
	return true;
}

/* Between families it is exchanged with the header of a query (family/exchange.h). */
static __always_inline bool has_pseudo_header(const struct pkt *p, const struct sl_flow *f)
{
	return p->protocol != IPPROTO_ICMP && (p->protocol != IPPROTO_ICMPV6 || !(f->flags & SL_FLOW_OTHER_FAMILY));
}

static __always_inline bool rewrite_transport(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f)
{
	__u16 address = has_pseudo_header(p, f) ? f->address_delta : 0;

	if (p->is & PKT_LATER_FRAGMENT)
		return true;
	if ((p->is & PKT_PORTS) && f->port_delta && !rewrite_ports(ctx, p, f))
		return false;
	if (p->check_off && (address || ((p->is & PKT_PORTS) && f->port_delta)))
		return ctx_fix_checksum(ctx, p, address, p->is & PKT_PORTS ? f->port_delta : 0);
	return true;
}

/* What a SYN says of segments and windows. */
static __always_inline void fit_segments(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f, __u32 mtu)
{
	if (!(p->tcp_flags & TCP_SYN))
		return;
	clamp_mss(ctx, p, mtu < p->mtu_in || !p->mtu_in ? mtu : p->mtu_in);
	if (p->is & PKT_OPENS)
		f->tcp_scale = p->tcp_scale;
}

/* The same for a flow that leaves in the other family. */
__noinline int rewrite_between(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	if (!p || !f || !rewrite_transport(ctx, p, f))
		return SL_V_DROPPED;
	fit_segments(ctx, p, f, mtu_as_received(p, f));
	return exchange_header(ctx, p, f);
}

static __always_inline verdict rewrite(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	bool done;

	if (f->flags & SL_FLOW_OTHER_FAMILY)
		return rewrite_between(ctx, p, f) == SL_V_NEXT ? SL_V_NEXT : drop(p, SL_DROP_INTERNAL);
	done = p->family == 4 ? rewrite4(ctx, p, f) : rewrite6(ctx, p, f);
	if (!done || ((f->flags & (SL_FLOW_NEW_SOURCE | SL_FLOW_NEW_DESTINATION)) && !rewrite_transport(ctx, p, f)))
		return drop(p, SL_DROP_INTERNAL);
	fit_segments(ctx, p, f, f->mtu);
	return SL_V_NEXT;
}
