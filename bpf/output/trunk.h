/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between a VLAN and the device that carries its frames: tags are put on and taken off by tc. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/maps.h"
#include "bpf/base/types.h"

#include "maps/interface.h"

static __always_inline bool push_tag(pkt_ctx *ctx, const struct sl_tag *tag)
{
	return !tag->protocol || !bpf_skb_vlan_push(ctx, tag->protocol, bpf_ntohs(tag->id));
}

static __always_inline bool give_to_trunk(pkt_ctx *ctx, struct pkt *p, __u32 ifindex)
{
	struct sl_interface *out = interface_find(p->version, ifindex);

	if (!out || !out->trunk || !push_tag(ctx, &out->tags[1]) || !push_tag(ctx, &out->tags[0]))
		return false;
	ctx->mark = mark_of_judged(ctx);
	p->left_by = out->trunk;
	p->action = bpf_redirect(out->trunk, 0);
	return true;
}

/* As if the VLAN's device had received it. */
static __always_inline bool give_to_vlan(pkt_ctx *ctx, struct pkt *p)
{
	if (bpf_skb_vlan_pop(ctx))
		return false;
	p->action = bpf_redirect(p->action, BPF_F_INGRESS);
	return true;
}
