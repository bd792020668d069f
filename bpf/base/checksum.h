/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Incremental checksums (RFC 1624) in packets; maps/flow_row.h says what a delta is. */
#pragma once

#include "bpf/base/types.h"

#include "maps/flow_row.h"
#include "maps/layout.h"

/* A checksum field after the words that it covers changed by delta. */
static __always_inline __u16 csum_apply(__u16 check, __u32 delta)
{
	return ~csum_fold((__u16)~check + delta);
}
