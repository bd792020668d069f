/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The context of tc: what differs from XDP is here and in ctx_xdp.h, and nowhere else. */
#pragma once

#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include "bpf/base/types.h"

#define CTX_IS_TC 1
typedef struct __sk_buff pkt_ctx;

/*
 * Put on packets that sluice sends on, so that the egress program knows them from packets that the
 * kernel forwarded by itself; taken off again there. Any other mark is left alone.
 */
#define SLUICE_MARK 0x51c1ce00u
/*
 * The same on what the gateway sends itself. The kernel's errors about a packet have its mark (fwmark_reflect), and come
 * from no device: nobody has judged them.
 */
#define SLUICE_OWN_MARK 0x51c1ce01u

/* What came in by a device has its number, before any program sees it. */
static __always_inline bool is_own(const pkt_ctx *ctx)
{
	return ctx->ingress_ifindex == 0;
}

static __always_inline __u32 mark_of_judged(const pkt_ctx *ctx)
{
	return is_own(ctx) ? SLUICE_OWN_MARK : SLUICE_MARK;
}

/* Read anew each time, and never as the 32-bit number that the context's type promises. */
static __always_inline void *ctx_data(pkt_ctx *ctx)
{
	return ctx_pointer(ctx, offsetof(struct __sk_buff, data));
}

static __always_inline void *ctx_end(pkt_ctx *ctx)
{
	return ctx_pointer(ctx, offsetof(struct __sk_buff, data_end));
}

static __always_inline __u32 ctx_ifindex(pkt_ctx *ctx)
{
	return ctx->ifindex;
}

static __always_inline __u32 ctx_bytes(pkt_ctx *ctx)
{
	return ctx->len;
}

/* Headers may lie outside of the linear part; 256 bytes hold every chain of headers that is followed. */
static __always_inline void ctx_linearize(pkt_ctx *ctx)
{
	__u32 want = ctx->len < 256 ? ctx->len : 256;

	if (ctx_end(ctx) - ctx_data(ctx) < want)
		bpf_skb_pull_data(ctx, want);
}

/* The kernel has moved the outermost tag beside the packet. */
static __always_inline bool ctx_is_tagged(pkt_ctx *ctx)
{
	return ctx->vlan_present;
}

static __always_inline __be16 ctx_tag_protocol(pkt_ctx *ctx)
{
	return ctx->vlan_proto;
}

static __always_inline __be16 ctx_tag(pkt_ctx *ctx)
{
	return bpf_htons(ctx->vlan_tci);
}

static __always_inline bool ctx_has_tags_inside(void)
{
	return false;
}

/* The outermost tag is gone, and the next one, where there is one, lies beside the packet. */
static __always_inline bool ctx_pop_tag(pkt_ctx *ctx)
{
	return bpf_skb_vlan_pop(ctx) == 0;
}

/*
 * Another machine's frame, seen in promiscuous mode, or a copy of what the gateway itself sent to many: the stack takes
 * nothing of either for itself. The device has compared with the MAC address that it has now, which the rules may not
 * know yet; a bridge also with those of its members.
 */
static __always_inline bool ctx_is_for_others(pkt_ctx *ctx)
{
	return ctx->pkt_type == PACKET_OTHERHOST || ctx->pkt_type == PACKET_LOOPBACK;
}

static __always_inline bool ctx_knows_receiver(void)
{
	return true;
}

/* Payload bytes per packet on the wire when this buffer stands for many (GSO, GRO); 0: it is one. */
static __always_inline __u32 ctx_segment(pkt_ctx *ctx)
{
	return ctx->gso_size;
}

/* How many packets those are. */
static __always_inline __u32 ctx_segments(pkt_ctx *ctx)
{
	return ctx->gso_segs;
}

/* On devices without a link header nothing in the packet says it. */
static __always_inline __be16 ctx_protocol(pkt_ctx *ctx)
{
	return ctx->protocol;
}

/* The helper knows partial checksums (a device will finish them) and super-packets; direct writes do not. */
static __always_inline bool ctx_fix_checksum(pkt_ctx *ctx, const struct pkt *p, __u16 address, __u16 port)
{
	__u32 off = p->l4_off + p->check_off;
	__u64 udp = p->protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;

	if (address && bpf_l4_csum_replace(ctx, off, 0, address, udp | BPF_F_PSEUDO_HDR))
		return false;
	if (port && bpf_l4_csum_replace(ctx, off, 0, port, udp))
		return false;
	return true;
}

static __always_inline bool ctx_fix_plain_checksum(pkt_ctx *ctx, __u32 off, __u16 delta)
{
	return bpf_l4_csum_replace(ctx, off, 0, delta, 0) == 0;
}
