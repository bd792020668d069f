/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv6 (RFC 8200): the fixed header, and a bounded walk over extension headers. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"

#define IPV6_EXTENSIONS_MAX 6
#define IPV6_FRAGMENT_MORE 1
#define IPV6_FRAGMENT_OFFSET 0xfff8

struct ipv6_extension {
	__u8 next, length; /* of 8 bytes, the first not counted */
	__be16 fragment;   /* in a fragment header */
	__be32 id;
};

static __always_inline bool is_extension(__u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS ||
	       next == IPPROTO_FRAGMENT || next == IPPROTO_AH;
}

static __always_inline __u32 extension_length(__u8 kind, const struct ipv6_extension *ext)
{
	if (kind == IPPROTO_FRAGMENT)
		return 8;
	if (kind == IPPROTO_AH)
		return (ext->length + 2) * 4; /* RFC 4302 counts words, less two */
	return (ext->length + 1) * 8;
}

/* The fragment header is the last thing that every piece has (RFC 8200 section 4.5). */
static __always_inline void note_fragment6(struct pkt *p, const struct ipv6_extension *ext)
{
	__u16 fragment = bpf_ntohs(ext->fragment);

	p->fragment_id = ext->id;
	if (fragment & IPV6_FRAGMENT_OFFSET)
		p->is |= PKT_LATER_FRAGMENT;
	else if (fragment & IPV6_FRAGMENT_MORE)
		p->is |= PKT_FIRST_FRAGMENT;
	if (fragment & IPV6_FRAGMENT_MORE)
		p->is |= PKT_MORE;
	p->piece_off = p->l4_off + 8;
	p->piece_at = fragment >> 3;
}

/* SL_V_NEXT: the extension was passed by, look at the next. */
static __always_inline verdict pass_extension(pkt_ctx *ctx, struct pkt *p, __u8 kind)
{
	struct ipv6_extension *ext = hdr_at(ctx, p->l4_off, struct ipv6_extension);

	if (!ext)
		return drop(p, SL_DROP_TOO_SHORT);
	if (kind == IPPROTO_FRAGMENT)
		note_fragment6(p, ext);
	p->protocol = ext->next;
	p->l4_off += extension_length(kind, ext);
	return SL_V_NEXT;
}

/*
 * Seldom needed and branchy, so it is a function of its own: verified once, called from both parsers. The loop ends
 * with its condition: Linux 6.1 refuses one whose last instruction falls through to its first.
 */
__noinline int walk_extensions(pkt_ctx *ctx, struct pkt *p)
{
	int i = 0;

	if (!p)
		return SL_V_DROPPED;
	do {
		__u8 kind = p->protocol;

		if (!is_extension(kind) || (p->is & PKT_LATER_FRAGMENT))
			return SL_V_NEXT;
		STAGE(pass_extension(ctx, p, kind));
	} while (++i < IPV6_EXTENSIONS_MAX);
	return is_extension(p->protocol) ? drop(p, SL_DROP_TOO_MANY_EXTENSIONS) : SL_V_NEXT;
}

static __always_inline verdict parse_ipv6(pkt_ctx *ctx, struct pkt *p)
{
	struct ipv6hdr *ip = hdr_at(ctx, p->l3_off, struct ipv6hdr);
	__u32 room, total;

	if (!ip)
		return drop(p, SL_DROP_TOO_SHORT);
	room = ctx_bytes(ctx) - p->l3_off;
	total = bpf_ntohs(ip->payload_len) + sizeof(*ip);
	if (total == sizeof(*ip) && ctx_segment(ctx))
		total = room;
	if (ip->version != 6)
		return drop(p, SL_DROP_BAD_HEADER);
	if (total > room)
		return drop(p, SL_DROP_TOO_SHORT);
	p->family = 6;
	p->bytes = total;
	p->l4_off = p->l3_off + sizeof(*ip);
	p->protocol = ip->nexthdr;
	p->ttl = ip->hop_limit;
	memcpy(p->key.v6.source, &ip->saddr, 16);
	memcpy(p->key.v6.destination, &ip->daddr, 16);
	if (!is_extension(p->protocol))
		return SL_V_NEXT;
	STAGE(walk_extensions(ctx, p));
	return p->l4_off - p->l3_off > p->bytes ? drop(p, SL_DROP_BAD_HEADER) : SL_V_NEXT;
}

static __always_inline bool is_link_local6(const __be32 *a)
{
	return (a[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000);
}

static __always_inline bool is_unspecified6(const __be32 *a)
{
	return !a[0] && !a[1] && !a[2] && !a[3];
}
