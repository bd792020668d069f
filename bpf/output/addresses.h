/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and the hop count in a network header. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"

#include "maps/flow.h"

static __always_inline bool rewrite4(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f)
{
	struct iphdr *ip = hdr_at(ctx, p->l3_off, struct iphdr);

	if (!ip)
		return false;
	ip->saddr = f->source4;
	ip->daddr = f->destination4;
	ip->ttl--;
	/* the word that holds the TTL falls by 0x0100 */
	ip->check = csum_apply(ip->check, (__u32)f->address_delta + (__u16)~bpf_htons(0x0100));
	return true;
}

static __always_inline bool rewrite6(pkt_ctx *ctx, const struct pkt *p, const struct sl_flow *f)
{
	struct ipv6hdr *ip = hdr_at(ctx, p->l3_off, struct ipv6hdr);

	if (!ip)
		return false;
	if (f->flags & (SL_FLOW_NEW_SOURCE | SL_FLOW_NEW_DESTINATION)) {
		memcpy(&ip->saddr, f->source6, 16);
		memcpy(&ip->daddr, f->destination6, 16);
	}
	ip->hop_limit--;
	return true;
}
