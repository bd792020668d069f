/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ones' complement sum (RFC 1071) over bytes of a packet, read in pieces: for what an incremental checksum cannot do. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"

#define SUM_PIECES 20 /* of QUOTE_MAX bytes: a jumbo frame */

/* Folded, `sum` included, of QUOTE_MAX bytes at most; -1: they are not all there. A call of its own, which the verifier reads once. */
__noinline int sum_of_piece(pkt_ctx *ctx, __u32 off, __u32 bytes, __u32 sum)
{
	struct scratch *s = scratch_get();
	__s64 found;

	if (!s || bytes == 0 || bytes > QUOTE_MAX)
		return -1;
	memset(s->quote, 0, sizeof(s->quote));
	if (bpf_skb_load_bytes(ctx, off, s->quote, sized(bytes, QUOTE_MAX)))
		return -1;
	found = bpf_csum_diff(NULL, 0, (__be32 *)s->quote, QUOTE_MAX, sum);
	return found < 0 ? -1 : csum_fold(found);
}

/* The same of any number. XDP has no helper for it, so what both hooks compile declares it. */
__noinline int sum_of_bytes(pkt_ctx *ctx, __u32 off, __u32 left, __u32 start)
{
	int sum = csum_fold(start);
	__u32 i;

	for (i = 0; i < SUM_PIECES && left && sum >= 0; i++) {
		__u32 bytes = left < QUOTE_MAX ? left : QUOTE_MAX;

		sum = sum_of_piece(ctx, off, bytes, sum);
		off += bytes;
		left -= bytes;
	}
	return left ? -1 : sum;
}
