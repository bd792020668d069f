/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IEEE 802.1Q and 802.1ad: which interface a tagged frame belongs to. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/types.h"
#include "bpf/proto/interface.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/interface.h"

#define VLAN_ID 0x0fff
#define TAGS_READ (SL_MAX_TAGS + 1) /* a priority beside the VLANs */

struct vlan_header {
	__be16 tci;
	__be16 protocol; /* of what follows */
};

static __always_inline bool is_tag(struct eth_type type)
{
	return type.be == bpf_htons(ETH_P_8021Q) || type.be == bpf_htons(ETH_P_8021AD);
}

/* The interface, 0 for one that is the kernel's business alone; NULL: it is nobody's. */
static __always_inline __u32 *vlan_find(const struct pkt *p, __be16 protocol, __be16 tci)
{
	struct sl_vlan_key key = { .ifindex = p->ifindex,
				   .tag = { .protocol = protocol, .id = tci & bpf_htons(VLAN_ID) } };

	return rules_find(&vlans, p->version, &key);
}

/* Id 0: a priority and no VLAN. The frame belongs where it would belong without the tag. */
static __always_inline bool is_priority(__be16 tci)
{
	return !(tci & bpf_htons(VLAN_ID));
}

/* The VLAN's interface takes the place of the device. */
static __always_inline verdict enter_vlan(struct pkt *p, struct sl_interface **dev, __be16 protocol, __be16 tci)
{
	__u32 *ifindex = vlan_find(p, protocol, tci);

	if (!ifindex)
		return drop(p, SL_DROP_VLAN);
	*dev = interface_find(p->version, *ifindex);
	if (!*dev || !((*dev)->flags & SL_IF_MANAGED))
		return SL_V_IGNORED;
	p->ifindex = *ifindex;
	note_interface(p, *dev);
	return SL_V_NEXT;
}

/* The frame's outermost tag is passed over. */
static __always_inline verdict untag(pkt_ctx *ctx, struct pkt *p, struct sl_interface **dev, struct eth_type *type)
{
	struct vlan_header *tag = hdr_at(ctx, p->l3_off, struct vlan_header);

	if (!tag)
		return drop(p, SL_DROP_TOO_SHORT);
	if (!is_priority(tag->tci))
		STAGE(enter_vlan(p, dev, type->be, tag->tci));
	type->be = tag->protocol;
	p->l3_off += sizeof(*tag);
	return SL_V_NEXT;
}

static __always_inline verdict untag_all(pkt_ctx *ctx, struct pkt *p, struct sl_interface **dev, struct eth_type *type)
{
	int i;

	for (i = 0; i < TAGS_READ && is_tag(*type); i++)
		STAGE(untag(ctx, p, dev, type));
	return is_tag(*type) ? drop(p, SL_DROP_VLAN) : SL_V_NEXT;
}

/* Beside the packet (tc): a frame with nothing but a priority is judged here. */
static __always_inline bool pop_priorities(pkt_ctx *ctx)
{
	int i;

	for (i = 0; i < SL_MAX_TAGS && ctx_is_tagged(ctx) && is_priority(ctx_tag(ctx)); i++)
		if (!ctx_pop_tag(ctx))
			return false;
	return true;
}

/*
 * Beside the packet (tc): its VLAN's device sees it next, and judges it there. p->action: who is to bring it. What no
 * device makes out for itself is kept from a VLAN by tags, which would take it: both have the same MAC address.
 */
static __always_inline verdict leave_to_vlan(pkt_ctx *ctx, struct pkt *p)
{
	__u32 *ifindex = vlan_find(p, ctx_tag_protocol(ctx), ctx_tag(ctx));
	struct sl_interface *dev;

	if (!ifindex)
		return drop(p, SL_DROP_VLAN);
	dev = interface_find(p->version, *ifindex);
	if (dev && (dev->flags & SL_IF_BY_TAGS) && !ctx_is_for_others(ctx))
		p->action = *ifindex;
	return SL_V_IGNORED;
}
