/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The only comparison with the packet's end. */
#pragma once

#include "bpf/base/ctx.h"
#include "bpf/base/types.h"

#define HDR_MAX 512 /* the verifier wants a constant bound for variable offsets */

static __always_inline void *__hdr_at(pkt_ctx *ctx, __u32 off, __u32 len)
{
	void *end = ctx_end(ctx), *at = ctx_data(ctx);
	__u64 bounded = off;

	/* keeps the compiler from checking one copy of the offset and using another */
	asm volatile("" : "+r"(bounded));
	if (bounded > HDR_MAX)
		return NULL;
	at += bounded;
	return at + len > end ? NULL : at;
}

/*
 * A length that was found to be 1 to `most`, a power of two, where a helper reads or writes so many bytes: the
 * verifier of Linux 6.1 does not see from a comparison that it is not 0.
 */
static __always_inline __u64 sized(__u64 length, __u64 most)
{
	barrier_var(length);
	return ((length - 1) & (most - 1)) + 1;
}

/* The same for a place that was found to be at most `mask`, one less than a power of two. */
static __always_inline __u64 placed(__u64 place, __u64 mask)
{
	barrier_var(place);
	return place & mask;
}

#define hdr_at(ctx, off, T) ((T *)__hdr_at((ctx), (off), sizeof(T)))
