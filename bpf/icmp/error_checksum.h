/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The checksum of a received ICMP error (RFC 792, RFC 4443 section 2.3), over the whole message. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/proto/transport.h"

#define ERROR_PIECES 4 /* of QUOTE_MAX bytes: no error is longer (RFC 1812 section 4.3.2.3, RFC 4443 section 2.4) */

/* What the message's sum starts with: in IPv6 the pseudo header (RFC 8200 section 8.1). */
static __always_inline __u32 sum_before_icmp(const struct pkt *p)
{
	__u32 sum = bpf_htons(l4_bytes(p)) + bpf_htons(IPPROTO_ICMPV6);
	int i;

	if (p->family == 4)
		return 0;
	for (i = 0; i < 4; i++)
		sum += csum_words(p->key.v6.source[i]) + csum_words(p->key.v6.destination[i]);
	return csum_fold(sum);
}

/* RFC 5508 REQ-3: an error whose own checksum is wrong goes no further; that of the quoted packet is not asked for. */
__noinline int error_is_intact(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	__u32 i, off, left;
	__s64 sum;

	if (!s || !p)
		return 0;
	off = p->l4_off;
	left = l4_bytes(p);
	sum = sum_before_icmp(p);
	for (i = 0; i < ERROR_PIECES && left; i++) {
		__u64 len = sized(left < QUOTE_MAX ? left : QUOTE_MAX, QUOTE_MAX);

		memset(s->quote, 0, sizeof(s->quote));
		if (bpf_skb_load_bytes(ctx, off, s->quote, len))
			return 0;
		sum = bpf_csum_diff(NULL, 0, (__be32 *)s->quote, QUOTE_MAX, sum);
		if (sum < 0)
			return 0;
		off += len;
		left -= len;
	}
	return !left && csum_fold(sum) == 0xffff;
}
