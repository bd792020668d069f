/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way out, from the kernel's own routing tables. Looked up as the machine's own output would be
 * (incoming interface lo): only lo has forwarding switched on, so that the helper answers while the
 * kernel itself forwards nothing (docs/decisions/0003-kernel-forwarding-off.md). A VRF's own table is
 * asked by its number, which Linux can since 6.7 (docs/decisions/0018-vrfs.md).
 */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/output/neighbour.h"
#include "bpf/proto/ipv6.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/rules.h"

#define FIB_DIRECT (1 << 0) /* one table, and no rules */
#define FIB_TABLE (1 << 3)  /* that of this number */

static __always_inline __u32 fib_question(struct bpf_fib_lookup *fib, __u16 vrf, const struct sl_addr *source,
					  const struct sl_addr *destination, __u8 family)
{
	memset(fib, 0, sizeof(*fib));
	fib->ifindex = LOOPBACK_IFINDEX;
	*(__u32 *)&fib->h_vlan_proto = vrf; /* "tbid" of newer headers has the same place */
	fib->tot_len = 1;                   /* makes the helper answer with the route's MTU */
	if (family == 4) {
		fib->family = AF_INET;
		fib->ipv4_src = source->w[3];
		fib->ipv4_dst = destination->w[3];
	} else {
		fib->family = AF_INET6;
		memcpy(fib->ipv6_src, source->w, 16);
		memcpy(fib->ipv6_dst, destination->w, 16);
	}
	return vrf == SL_MAIN_VRF ? 0 : FIB_DIRECT | FIB_TABLE;
}

static __always_inline bool has_next_hop(long rc)
{
	return rc == BPF_FIB_LKUP_RET_SUCCESS || rc == BPF_FIB_LKUP_RET_NO_NEIGH || rc == BPF_FIB_LKUP_RET_FRAG_NEEDED;
}

/*
 * A "throw" route, none, or a way that is another VRF's (which the gateway's own packets take, and this question seems to
 * be one): whether the document leaves the destination to another VRF.
 */
static __always_inline void find_through(struct judgement *j, bool is_none)
{
	__u32 *vrf = NULL;

	if (is_none)
		vrf = prefix_find(j->version, SL_PREFIX_TAG(SL_PREFIX_THROUGH, j->out.vrf, j->out.family),
				  &j->out.destination);
	j->through = vrf != NULL;
	j->next_vrf = vrf ? *vrf : 0;
}

static __always_inline void take_next_hop(struct judgement *j, const struct bpf_fib_lookup *fib,
					  const struct sl_interface *dev, bool resolved)
{
	__u32 mtu = fib->mtu_result > 1 && fib->mtu_result < dev->mtu ? fib->mtu_result : dev->mtu;

	j->ifindex = fib->ifindex;
	j->zone_out = dev->zone;
	j->mtu = mtu > 0xffff ? 0xffff : mtu;
	j->flags &=
		~(SL_FLOW_RESOLVED | SL_FLOW_XDP | SL_FLOW_LINK | SL_FLOW_TAGGED | SL_FLOW_TUNNEL | SL_FLOW_NETWORK);
	if (dev->flags & SL_IF_TAGGED)
		j->flags |= SL_FLOW_TAGGED;
	if (dev->flags & SL_IF_TUNNEL)
		j->flags |= SL_FLOW_TUNNEL;
	if (dev->flags & SL_IF_NETWORK)
		j->flags |= SL_FLOW_NETWORK;
	if (dev->flags & SL_IF_ETHERNET)
		j->flags |= SL_FLOW_LINK;
	else
		resolved = true; /* there is nobody to resolve */
	if (!resolved)
		return;
	j->flags |= SL_FLOW_RESOLVED;
	if ((dev->flags & SL_IF_XDP_OUT) && (dev->flags & SL_IF_ETHERNET))
		j->flags |= SL_FLOW_XDP;
	memcpy(j->dmac, fib->dmac, 6);
	memcpy(j->smac, fib->smac, 6);
}

/*
 * The way to j->out.destination in its VRF: sets ifindex, zone_out, mtu and, when the neighbour is known,
 * the MACs. A route that somebody laid out of the VRF is none.
 */
__noinline int find_route(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_interface *dev;
	__u32 flags;
	long rc;

	if (!s || !j)
		return SL_DROP_INTERNAL;
	flags = fib_question(&s->fib, j->out.vrf, &j->out.source, &j->out.destination, j->out.family);
	rc = bpf_fib_lookup(ctx, &s->fib, sizeof(s->fib), flags);
	if (!has_next_hop(rc)) {
		find_through(j, rc == BPF_FIB_LKUP_RET_NOT_FWDED);
		return SL_DROP_NO_ROUTE;
	}
	dev = interface_find(j->version, s->fib.ifindex);
	if (!dev || !(dev->flags & SL_IF_MANAGED) || dev->vrf != j->out.vrf) {
		find_through(j, dev && dev->vrf != j->out.vrf);
		return SL_DROP_NO_ZONE;
	}
	take_next_hop(j, &s->fib, dev, rc == BPF_FIB_LKUP_RET_SUCCESS);
	j->unresolved =
		rc == BPF_FIB_LKUP_RET_NO_NEIGH && (dev->flags & SL_IF_ETHERNET) ? hash_of_next_hop(&s->fib) : 0;
	return SL_DROP_NONE;
}

#define BEHIND_UPLINK (1 << 16)
#define BEHIND_ZONE 0xffff

/*
 * The zone that the way back to an address leads into, and BEHIND_UPLINK where that is one; 0: none. One zone may have several ways (two
 * uplinks), so zones are compared and not interfaces (RFC 3704 section 2.3, feasible paths).
 */
__noinline int zone_behind(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_interface *dev;
	__u32 flags;

	if (!s || !j)
		return 0;
	flags = fib_question(&s->fib, j->in.vrf, &j->in.destination, &j->in.source, j->in.family);
	if (j->in.family == 6 && is_link_local6(j->in.destination.w))
		memset(s->fib.ipv6_src, 0, sizeof(s->fib.ipv6_src)); /* every link has it: no route begins there */
	if (!has_next_hop(bpf_fib_lookup(ctx, &s->fib, sizeof(s->fib), flags)))
		return 0;
	dev = interface_find(j->version, s->fib.ifindex);
	if (!dev || !(dev->flags & SL_IF_MANAGED) || dev->vrf != j->in.vrf)
		return 0;
	return dev->flags & SL_IF_UPLINK ? dev->zone | BEHIND_UPLINK : dev->zone;
}
