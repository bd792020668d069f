/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers that look random and are not secret: places in tables, starting points of searches. */
#pragma once

#include "bpf/base/types.h"

static __always_inline __u32 mix(__u32 h)
{
	h ^= h >> 16;
	h *= 0x7feb352d;
	h ^= h >> 15;
	h *= 0x846ca68b;
	return h ^ (h >> 16);
}

static __always_inline __u32 mix_address(const struct sl_addr *a)
{
	return mix(a->w[0] ^ mix(a->w[1] ^ mix(a->w[2] ^ mix(a->w[3]))));
}
