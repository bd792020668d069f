/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets that came by a VXLAN: from here on the packet is the one inside, received by the VXLAN's interface, and the
 * outer headers lie in front of it until it leaves. What the kernel has to see as it came (broadcast, what is no IP,
 * a sender it does not know at this remote, all of a bridge's tunnel) is handed on.
 */
#pragma once

#include "bpf/base/ctx_xdp.h"
#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/path/admit.h"
#include "bpf/path/parse.h"
#include "bpf/proto/ethernet.h"
#include "bpf/proto/interface.h"
#include "bpf/proto/ipv4.h"
#include "bpf/proto/vxlan.h"
#include "bpf/state/maps.h"
#include "bpf/tunnel/inner_checksum.h"
#include "bpf/tunnel/outer.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/tunnel.h"

static __always_inline struct sl_tunnel_end *tunnel_end_find(__u32 ifindex, const __u8 *mac)
{
	struct scratch *s = scratch_get();

	if (!s)
		return NULL;
	s->tunnel_end.ifindex = ifindex;
	memcpy(s->tunnel_end.mac, mac, 6);
	s->tunnel_end.zero = 0;
	return bpf_map_lookup_elem(&tunnel_ends, &s->tunnel_end);
}

/* The kernel knows the sender behind this remote. One that has moved is forgotten: the kernel learns anew. */
static __always_inline bool sender_is_known(const struct pkt *p, __u32 ifindex, const __u8 *mac)
{
	struct sl_tunnel_end *end = tunnel_end_find(ifindex, mac);
	struct scratch *s = scratch_get();
	struct sl_addr remote;

	if (!end || !s)
		return false;
	outer_end(p, OUTER_RECEIVED, &remote);
	if (addr_equal(&end->remote, &remote))
		return true;
	if (end->learned)
		bpf_map_delete_elem(&tunnel_ends, &s->tunnel_end);
	return false;
}

/* RFC 6040 section 4.2: what was marked on its way, and cannot say so, is the kernel's to refuse. */
static __always_inline bool can_tell_congestion(pkt_ctx *ctx, __u8 outer, __u32 inner_off, struct eth_type type)
{
	return outer != IPTOS_ECN_CE || ecn_at(ctx, inner_off, type.be == bpf_htons(ETH_P_IP) ? 4 : 6);
}

/* RFC 6935 allows 0 in IPv6 where both ends agree, which nobody said. */
static __always_inline bool may_lack_checksum(const struct pkt *p, const struct vxlan_headers *h)
{
	return p->family == 4 || h->udp.check;
}

/* Options in front of a tunnel are the kernel's to look at. */
static __always_inline bool outer_header_is_right(pkt_ctx *ctx, const struct pkt *p)
{
	struct iphdr *ip = hdr_at(ctx, p->l3_off, struct iphdr);

	if (p->family != 4)
		return true;
	return ip && p->l4_off - p->l3_off == sizeof(*ip) && csum_fold(sum_of_header4(ip)) == 0xffff;
}

/* Of the pseudo header, the headers of UDP and VXLAN, and the MAC addresses and the type inside (RFC 768). */
static __always_inline __u32 outer_sum(const struct pkt *p, const struct vxlan_headers *h)
{
	const __be32 *word = (const __be32 *)h;
	struct sl_addr remote, local;
	__u32 sum;

	outer_end(p, OUTER_RECEIVED, &remote);
	outer_end(p, OUTER_OWN, &local);
	sum = csum_addr(&remote) + csum_addr(&local) + bpf_htons(IPPROTO_UDP) + h->udp.len;
	sum += csum_words(word[0]) + csum_words(word[1]) + csum_words(word[2]) + csum_words(word[3]);
	sum += csum_words(word[4]) + csum_words(word[5]) + csum_words(word[6]);
	return sum + ((const __be16 *)h)[14];
}

/*
 * With what the packet inside says that it sums up to. Where both are wrong by the same its receiver drops it. One that
 * does not say, and one that does not fit (or is filled up with something else than zeros), the kernel reads in full.
 */
static __always_inline bool outer_fits(pkt_ctx *ctx, const struct pkt *p, __u32 sum)
{
	if (!tells_its_sum(ctx, p))
		return false;
	sum += p->family == 4 ? sum_inside4(ctx, p) : sum_inside6(ctx, p);
	return csum_fold(sum) == 0xffff;
}

static __always_inline bool is_ip(struct eth_type type)
{
	return type.be == bpf_htons(ETH_P_IP) || type.be == bpf_htons(ETH_P_IPV6);
}

/* The record of the outer packet becomes that of the one inside. */
static __always_inline void step_inside(struct pkt *p, __u32 ifindex, const struct sl_interface *dev, __u32 l3_off,
					__u8 ecn)
{
	memset(&p->key, 0, sizeof(p->key));
	p->is = 0;
	p->check_off = 0;
	p->ifindex = ifindex;
	p->l3_off = l3_off;
	p->tunnel = TUNNEL_INSIDE | (ecn == IPTOS_ECN_CE ? TUNNEL_CONGESTED : 0);
	note_interface(p, dev);
}

/* SL_V_NEXT: as it came, or the packet inside. */
__noinline int enter_tunnel(pkt_ctx *ctx, struct pkt *p)
{
	struct vxlan_headers *h;
	struct sl_interface *dev;
	struct ethhdr *inside;
	struct eth_type type;
	struct sl_tunnel *t;
	__u32 l3_off, end, sum = 0;
	__u8 ecn;

	if (!p)
		return SL_V_DROPPED;
	h = __hdr_at(ctx, p->l4_off, VXLAN_BYTES);
	if (!h)
		return SL_V_NEXT;
	t = tunnel_find(p, h, OUTER_RECEIVED);
	if (!t)
		return SL_V_NEXT;
	dev = interface_find(p->version, t->ifindex);
	if (!dev || !(dev->flags & SL_IF_MANAGED) || !may_lack_checksum(p, h) || !outer_header_is_right(ctx, p))
		return SL_V_HANDED_ON;
	inside = (struct ethhdr *)(h + 1);
	type.be = inside->h_proto;
	if (!is_ip(type) || !mac_equal(inside->h_dest, dev->mac))
		return SL_V_HANDED_ON;
	if ((t->flags & SL_TUNNEL_LEARNS) && !sender_is_known(p, t->ifindex, inside->h_source))
		return SL_V_HANDED_ON;
	end = p->l4_off + bpf_ntohs(h->udp.len);
	l3_off = p->l4_off + VXLAN_BYTES;
	if (h->udp.check)
		sum = outer_sum(p, h);
	ecn = ecn_at(ctx, p->l3_off, p->family);
	if (!can_tell_congestion(ctx, ecn, l3_off, type))
		return SL_V_HANDED_ON;
	step_inside(p, t->ifindex, dev, l3_off, ecn);
	STAGE(parse(ctx, p, type));
	if (l3_off + p->bytes > end)
		return drop(p, SL_DROP_TOO_SHORT);
	if (sum && !outer_fits(ctx, p, sum))
		return SL_V_HANDED_ON;
	return admit(p);
}

/* The mark of the outer packet goes on inside (RFC 6040 section 4.2). */
static __always_inline bool mark_congestion(pkt_ctx *ctx, const struct pkt *p)
{
	__u8 *head = __hdr_at(ctx, p->l3_off, sizeof(struct iphdr));
	struct iphdr *ip = (struct iphdr *)head;

	if (!head)
		return false;
	if (p->family == 6) {
		head[1] |= IPTOS_ECN_CE << 4;
		return true;
	}
	ip->check = csum_apply(ip->check, csum_delta(bpf_htons(ip->tos), bpf_htons(ip->tos | IPTOS_ECN_CE)));
	ip->tos |= IPTOS_ECN_CE;
	return true;
}
