/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The only comparison with the packet's end. */
#pragma once

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

#define hdr_at(ctx, off, T) ((T *)__hdr_at((ctx), (off), sizeof(T)))
