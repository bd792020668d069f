/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* VXLAN (RFC 7348 section 5): what stands between the outer UDP header and the frame inside. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"

#define VXLAN_HAS_VNI bpf_htonl(0x08000000) /* the only flag that is known; others are the kernel's business */
#define IPTOS_ECN_MASK 3                    /* RFC 3168 */
#define IPTOS_ECN_CE 3

struct vxlan_header {
	__be32 flags;
	__be32 vni; /* in the upper 24 bits, the rest is 0 */
};

struct vxlan_headers { /* the Ethernet header of the frame inside follows */
	struct udphdr udp;
	struct vxlan_header vxlan;
};
#define VXLAN_BYTES (sizeof(struct vxlan_headers) + sizeof(struct ethhdr))

static __always_inline __u8 ecn_at(pkt_ctx *ctx, __u32 l3_off, __u8 family)
{
	__u8 *head = __hdr_at(ctx, l3_off, 2);

	if (!head)
		return 0;
	return family == 4 ? head[1] & IPTOS_ECN_MASK : (head[1] >> 4) & IPTOS_ECN_MASK;
}
