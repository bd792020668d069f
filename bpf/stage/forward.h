/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether the packet can go on from here, before anything in it is changed. */
#pragma once

static __always_inline verdict forwardable(struct pkt *p, const struct sl_flow *f)
{
	if (p->is & PKT_LINK_MANY)
		return drop(p, SL_DROP_LINK_BROADCAST);
	if (p->ttl <= 1)
		return drop_with_answer(p, SL_DROP_TTL, ANSWER_TIME_EXCEEDED);
	if (p->segment > f->mtu) {
		p->mtu_out = f->mtu; /* what an answer tells */
		return drop_with_answer(p, SL_DROP_TOO_BIG, p->is & PKT_MAY_FRAGMENT ? ANSWER_PIECES : ANSWER_TOO_BIG);
	}
	return SL_V_NEXT;
}

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
