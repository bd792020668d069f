/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The context of XDP: what differs from tc is here and in ctx_tc.h, and nowhere else. */
#pragma once

#include "bpf/base/checksum.h"
#include "bpf/base/types.h"

#define CTX_IS_TC 0
typedef struct xdp_md pkt_ctx;

/* Read anew each time, and never as the 32-bit number that the context's type promises. */
static __always_inline void *ctx_data(pkt_ctx *ctx)
{
	return ctx_pointer(ctx, offsetof(struct xdp_md, data));
}

static __always_inline void *ctx_end(pkt_ctx *ctx)
{
	return ctx_pointer(ctx, offsetof(struct xdp_md, data_end));
}

static __always_inline __u32 ctx_ifindex(pkt_ctx *ctx)
{
	return ctx->ingress_ifindex;
}

static __always_inline __u32 ctx_bytes(pkt_ctx *ctx)
{
	return ctx_end(ctx) - ctx_data(ctx);
}

/* XDP frames are one piece each: nothing to pull, no tags beside the packet, no super-packets. */
static __always_inline void ctx_linearize(pkt_ctx *ctx)
{
}

static __always_inline bool ctx_is_tagged(pkt_ctx *ctx)
{
	return false;
}

static __always_inline __be16 ctx_tag_protocol(pkt_ctx *ctx)
{
	return 0;
}

static __always_inline __be16 ctx_tag(pkt_ctx *ctx)
{
	return 0;
}

static __always_inline bool ctx_has_tags_inside(void)
{
	return true;
}

static __always_inline bool ctx_pop_tag(pkt_ctx *ctx)
{
	return false;
}

/* No device has looked at it yet: whom the frame is for is compared with the rules. */
static __always_inline bool ctx_is_for_others(pkt_ctx *ctx)
{
	return false;
}

static __always_inline bool ctx_knows_receiver(void)
{
	return false;
}

static __always_inline __u32 ctx_segment(pkt_ctx *ctx)
{
	return 0;
}

/* clang leaves out arguments that nobody uses, and then the verifier misses the context. */
static __always_inline __u32 ctx_segments(pkt_ctx *ctx)
{
	barrier_var(ctx);
	return 0;
}

/* Only devices with a link header have native XDP. */
static __always_inline __be16 ctx_protocol(pkt_ctx *ctx)
{
	return 0;
}

#include "bpf/base/at.h"

/* UDP in IPv4 may do without a checksum: 0 stays 0, and a sum that becomes 0 is sent as 0xffff (RFC 768). */
static __always_inline bool ctx_fix_checksum_at(pkt_ctx *ctx, __u32 off, __u32 delta, bool udp)
{
	__u16 *check = __hdr_at(ctx, off, sizeof(*check));

	if (!check)
		return false;
	if (udp && !*check)
		return true;
	*check = csum_apply(*check, delta);
	if (udp && !*check)
		*check = 0xffff;
	return true;
}

static __always_inline bool ctx_fix_checksum(pkt_ctx *ctx, const struct pkt *p, __u16 address, __u16 port)
{
	return ctx_fix_checksum_at(ctx, p->l4_off + p->check_off, (__u32)address + port, p->protocol == IPPROTO_UDP);
}

static __always_inline bool ctx_fix_plain_checksum(pkt_ctx *ctx, __u32 off, __u16 delta)
{
	return ctx_fix_checksum_at(ctx, off, delta, false);
}
