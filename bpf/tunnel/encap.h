/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets that leave by a VXLAN: the frame that its neighbour gets is put behind outer headers (RFC 7348 section 5),
 * with one movement of the frame's head. What the kernel's device has to do is handed on before anything is changed:
 * an address that is behind no known remote, a way that XDP cannot take, pieces, and packets whose sum is not known.
 */
#pragma once

#include "bpf/base/ctx_xdp.h"
#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/hash.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/output/macs.h"
#include "bpf/output/route.h"
#include "bpf/output/vlan_tags.h"
#include "bpf/proto/ipv4.h"
#include "bpf/proto/vxlan.h"
#include "bpf/tunnel/inner_checksum.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/interface.h"
#include "maps/layout.h"
#include "maps/tunnel.h"

#define OUTER_TTL 64            /* as the kernel's */
#define FIRST_OUTER_PORT 0xc000 /* 49152 to 65535 tell inner flows apart on the way (RFC 7348 section 5) */

static __always_inline __u32 outer_bytes(const struct sl_tunnel_end *end)
{
	return (end->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) + VXLAN_BYTES;
}

static __always_inline struct sl_tunnel_hop *hop_of(struct sl_tunnel_end *end, __u32 which)
{
	return which & 1 ? &end->hop[1] : &end->hop[0];
}

static __always_inline void judgement_of_remote(struct judgement *j, const struct sl_tunnel_end *end, __u32 version)
{
	memset(j, 0, sizeof(*j));
	j->version = version;
	j->out.source = end->local;
	j->out.destination = end->remote;
	j->out.family = end->family;
	j->out.vrf = SL_MAIN_VRF;
}

static __always_inline bool is_for_xdp(const struct judgement *j)
{
	return (j->flags & SL_FLOW_XDP) && !(j->flags & SL_FLOW_TUNNEL);
}

/* The way is written where nobody reads, by one at a time; until then the one before is good enough. */
static __always_inline void look_up_remote(pkt_ctx *ctx, const struct pkt *p, struct sl_tunnel_end *end)
{
	struct scratch *s = scratch_get();
	struct sl_tunnel_hop *hop;
	struct judgement *j;

	if (!s || __sync_val_compare_and_swap(&end->busy, 0, 1))
		return;
	j = &s->judgement;
	judgement_of_remote(j, end, p->version);
	hop = hop_of(end, end->current + 1);
	hop->ifindex = find_route(ctx, j) == SL_DROP_NONE && is_for_xdp(j) ? j->ifindex : 0;
	hop->mtu = j->mtu;
	hop->tagged = (j->flags & SL_FLOW_TAGGED) != 0;
	memcpy(hop->dmac, j->dmac, 6);
	memcpy(hop->smac, j->smac, 6);
	end->stamp = p->now;
	end->version = p->version;
	__sync_fetch_and_add(&end->current, 1);
	__sync_fetch_and_add(&end->busy, -1);
}

__noinline int can_wrap(pkt_ctx *ctx, struct pkt *p, struct sl_tunnel_end *end)
{
	struct sl_tunnel_hop *hop;

	if (!p || !end)
		return 0;
	if (end->version != p->version || p->now - end->stamp >= p->hz)
		look_up_remote(ctx, p, end);
	hop = hop_of(end, *(volatile __u32 *)&end->current);
	return hop->ifindex && p->bytes + outer_bytes(end) <= hop->mtu && tells_its_sum(ctx, p);
}

static __always_inline __u32 sum_of_macs(const struct sl_flow *f)
{
	const __be16 *d = (const __be16 *)f->dmac, *s = (const __be16 *)f->smac;

	return d[0] + d[1] + d[2] + s[0] + s[1] + s[2];
}

/* Of the inner flow: every packet of it takes the same way (RFC 7348 section 5). */
static __always_inline __be16 outer_port(const struct pkt *p, const struct sl_flow *f)
{
	__u32 source = p->family == 4 ? f->source4 : f->source6[2] ^ f->source6[3];
	__u32 destination = p->family == 4 ? f->destination4 : f->destination6[2] ^ f->destination6[3];
	__u32 ports = (__u32)f->source_port << 16 | f->destination_port;

	return bpf_htons(FIRST_OUTER_PORT | (mix(source ^ mix(destination ^ mix(ports ^ p->protocol))) >> 18));
}

static __always_inline bool write_outer4(pkt_ctx *ctx, __u32 off, const struct sl_tunnel_end *end, __u32 bytes,
					 __u8 ecn)
{
	struct iphdr *ip = hdr_at(ctx, off, struct iphdr);
	__u32 sum;

	if (!ip)
		return false;
	*(__be16 *)ip = bpf_htons(0x4500 | ecn);
	ip->tot_len = bpf_htons(bytes);
	ip->id = 0; /* atomic (RFC 6864) */
	ip->frag_off = bpf_htons(IPV4_DF);
	ip->ttl = OUTER_TTL;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = end->local.w[3];
	ip->daddr = end->remote.w[3];
	sum = bpf_htons(0x4500 | ecn) + bpf_htons(bytes) + bpf_htons(IPV4_DF) + bpf_htons(OUTER_TTL << 8 | IPPROTO_UDP);
	ip->check = ~csum_fold(sum + csum_words(ip->saddr) + csum_words(ip->daddr));
	return true;
}

static __always_inline bool write_outer6(pkt_ctx *ctx, __u32 off, const struct sl_tunnel_end *end, __u32 bytes,
					 __u8 ecn)
{
	struct ipv6hdr *ip = hdr_at(ctx, off, struct ipv6hdr);

	if (!ip)
		return false;
	*(__be32 *)ip = bpf_htonl(0x60000000 | (__u32)ecn << 20);
	ip->payload_len = bpf_htons(bytes - sizeof(*ip));
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = OUTER_TTL;
	memcpy(&ip->saddr, end->local.w, 16);
	memcpy(&ip->daddr, end->remote.w, 16);
	return true;
}

/* `sum`: of all that follows the VXLAN header. */
static __always_inline bool write_vxlan(pkt_ctx *ctx, __u32 off, const struct sl_tunnel_end *end, __be16 port,
					__u32 bytes, __u32 sum)
{
	struct vxlan_headers *h = hdr_at(ctx, off, struct vxlan_headers);
	__u16 check;

	if (!h)
		return false;
	h->udp.source = port;
	h->udp.dest = end->port;
	h->udp.len = bpf_htons(bytes);
	h->vxlan.flags = VXLAN_HAS_VNI;
	h->vxlan.vni = end->vni;
	sum += csum_words(VXLAN_HAS_VNI) + csum_words(end->vni);
	sum = csum_fold(sum) + port + end->port + 2 * bpf_htons(bytes) + bpf_htons(IPPROTO_UDP);
	check = ~csum_fold(csum_fold(sum) + csum_addr(&end->local) + csum_addr(&end->remote));
	h->udp.check = check ? check : 0xffff;
	return true;
}

static __always_inline bool write_link(pkt_ctx *ctx, const struct sl_tunnel_end *end, const struct sl_tunnel_hop *hop,
				       const struct sl_interface *out)
{
	if (!write_macs_at(ctx, 0, hop->dmac, hop->smac))
		return false;
	if (hop->tagged)
		return write_tags(ctx, end->family, out);
	return write_type(ctx, end->family, offsetof(struct ethhdr, h_proto));
}

static __always_inline bool write_inside(pkt_ctx *ctx, const struct pkt *p, __u32 off, const struct sl_flow *f)
{
	return write_macs_at(ctx, off, f->dmac, f->smac) &&
	       write_type(ctx, p->family, off + offsetof(struct ethhdr, h_proto));
}

/* The device that the frame is given to; 0: it could not be done. */
__noinline int wrap(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f, struct sl_tunnel_end *end)
{
	__u32 link = sizeof(struct ethhdr), bytes, sum, udp;
	struct sl_tunnel_hop *hop;
	struct sl_interface *out;
	__u8 ecn;

	if (!p || !f || !end)
		return 0;
	hop = hop_of(end, *(volatile __u32 *)&end->current);
	out = interface_find(p->version, hop->ifindex);
	if (!out)
		return 0;
	if (hop->tagged)
		link = bytes_with_tags(out);
	sum = p->family == 4 ? sum_inside4(ctx, p) : sum_inside6(ctx, p);
	sum += sum_of_macs(f) + (p->family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6));
	ecn = ecn_at(ctx, p->l3_off, p->family); /* RFC 6040 section 4.1, normal mode */
	bytes = p->bytes + outer_bytes(end);
	udp = link + outer_bytes(end) - VXLAN_BYTES;
	if (bpf_xdp_adjust_head(ctx, (int)p->l3_off - (int)(link + outer_bytes(end))))
		return 0;
	if (!write_link(ctx, end, hop, out) || !write_inside(ctx, p, udp + sizeof(struct vxlan_headers), f))
		return 0;
	if (!write_vxlan(ctx, udp, end, outer_port(p, f), bytes - (udp - link), sum))
		return 0;
	if (!(end->family == 4 ? write_outer4(ctx, link, end, bytes, ecn) : write_outer6(ctx, link, end, bytes, ecn)))
		return 0;
	return hop->tagged ? out->trunk : hop->ifindex;
}
