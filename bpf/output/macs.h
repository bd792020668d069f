/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The link header of a frame whose flow knows both MAC addresses. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"

#include "maps/flow.h"

static __always_inline bool write_macs_at(pkt_ctx *ctx, __u32 off, const __u8 *dmac, const __u8 *smac)
{
	struct ethhdr *eth = hdr_at(ctx, off, struct ethhdr);

	if (!eth)
		return false;
	memcpy(eth->h_dest, dmac, 6);
	memcpy(eth->h_source, smac, 6);
	return true;
}

static __always_inline bool write_macs(pkt_ctx *ctx, const struct sl_flow *f)
{
	return write_macs_at(ctx, 0, f->dmac, f->smac);
}
