/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The checksum of a received ICMP error (RFC 792, RFC 4443 section 2.3), over the whole message. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/checksum.h"
#include "bpf/base/types.h"
#include "bpf/proto/sum.h"
#include "bpf/proto/transport.h"

#define ERROR_MAX 2048 /* bytes: none is longer (RFC 1812 section 4.3.2.3, RFC 4443 section 2.4) */

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
static __always_inline bool error_is_intact(pkt_ctx *ctx, const struct pkt *p)
{
	__u32 bytes = l4_bytes(p);

	return bytes <= ERROR_MAX && sum_of_bytes(ctx, p->l4_off, bytes, sum_before_icmp(p)) == 0xffff;
}
