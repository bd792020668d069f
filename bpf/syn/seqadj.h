/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sequence numbers of a proxied flow, in the packet that leaves (see synproxy.h). */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/types.h"
#include "bpf/syn/synproxy.h"

#include "maps/flow.h"
#include "maps/slots.h"

static __always_inline bool write_number(pkt_ctx *ctx, const struct pkt *p, __u32 field, __u32 was, __u32 is)
{
	__be32 from = bpf_htonl(was), to = bpf_htonl(is);

	return !bpf_l4_csum_replace(ctx, p->l4_off + p->check_off, from, to, sizeof(to)) &&
	       !bpf_skb_store_bytes(ctx, p->l4_off + field, &to, sizeof(to), 0);
}

__noinline int adjust_seq(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	struct sl_slot *slot;

	if (!p || !f)
		return 0;
	slot = slot_of_flow(p, f);
	if (!slot)
		return 0;
	if (!(p->is & PKT_TCP))
		return 1;
	if (f->flags & SL_FLOW_REPLY)
		return write_number(ctx, p, offsetof(struct tcphdr, seq), p->tcp_seq, p->tcp_seq - slot->delta);
	if (!(p->tcp_flags & TCP_ACK))
		return 1;
	return write_number(ctx, p, offsetof(struct tcphdr, ack_seq), p->tcp_ack, p->tcp_ack + slot->delta);
}
