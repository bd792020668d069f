/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ones' complement sum (RFC 1071) over bytes of a packet, read in pieces: for what an incremental checksum cannot do. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"

#define SUM_PIECES 20 /* of QUOTE_MAX bytes: a jumbo frame */

/* Folded, `start` included; -1: they are not all there. At tc alone, and no function of XDP's object: it has no such helper. */
static __noinline int sum_of_bytes(void *ctx, __u32 off, __u32 left, __u32 start)
{
	struct scratch *s = scratch_get();
	__s64 sum = start;
	__u32 i;

	if (!s)
		return -1;
	for (i = 0; i < SUM_PIECES && left; i++) {
		__u64 len = sized(left < QUOTE_MAX ? left : QUOTE_MAX, QUOTE_MAX);

		memset(s->quote, 0, sizeof(s->quote));
		if (bpf_skb_load_bytes(ctx, off, s->quote, len))
			return -1;
		sum = bpf_csum_diff(NULL, 0, (__be32 *)s->quote, QUOTE_MAX, sum);
		if (sum < 0)
			return -1;
		off += len;
		left -= len;
	}
	return left ? -1 : csum_fold(sum);
}
