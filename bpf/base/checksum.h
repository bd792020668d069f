/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Incremental checksums (RFC 1624): a delta is the ones' complement sum of the new words less that
 * of the old ones, folded to 16 bits. All in the packet's byte order, which ones' complement sums
 * do not care about (RFC 1071 section 2).
 */
#pragma once

#include "bpf/base/types.h"

#include "maps/layout.h"

static __always_inline __u16 csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static __always_inline __u32 csum_words(__be32 word)
{
	return (word & 0xffff) + (word >> 16);
}

static __always_inline __u16 csum_delta(__u32 old_sum, __u32 new_sum)
{
	return csum_fold(csum_fold(new_sum) + (__u16)~csum_fold(old_sum));
}

static __always_inline __u32 csum_addr(const struct sl_addr *a)
{
	return csum_words(a->w[0]) + csum_words(a->w[1]) + csum_words(a->w[2]) + csum_words(a->w[3]);
}

/* A checksum field after the words that it covers changed by delta. */
static __always_inline __u16 csum_apply(__u16 check, __u32 delta)
{
	return ~csum_fold((__u16)~check + delta);
}
