/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The link header of a frame that leaves by another number of tags than it came with. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"

#include "maps/interface.h"

static __always_inline __u32 bytes_with_tags(const struct sl_interface *out)
{
	return sizeof(struct ethhdr) + sizeof(struct sl_tag) * (out->tags[1].protocol ? 2 : 1);
}

static __always_inline bool write_type(pkt_ctx *ctx, __u8 family, __u32 off)
{
	__be16 *type = __hdr_at(ctx, off, sizeof(*type));

	if (!type)
		return false;
	*type = family == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	return true;
}

/* Priority 0: what came with another one is not trusted. */
static __always_inline bool write_tag(pkt_ctx *ctx, __u32 off, const struct sl_tag *tag)
{
	struct sl_tag *at = __hdr_at(ctx, off, sizeof(*at));

	if (!at)
		return false;
	*at = *tag;
	return true;
}

static __always_inline bool write_tags(pkt_ctx *ctx, __u8 family, const struct sl_interface *out)
{
	const __u32 first = offsetof(struct ethhdr, h_proto), second = first + sizeof(struct sl_tag);

	if (!write_tag(ctx, first, &out->tags[0]))
		return false;
	if (!out->tags[1].protocol)
		return write_type(ctx, family, second);
	return write_tag(ctx, second, &out->tags[1]) && write_type(ctx, family, second + sizeof(struct sl_tag));
}
