/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* tc leaves tunnels to the kernel's device: their outer packets go to it and come from it as they are. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/types.h"
#include "bpf/proto/vxlan.h"
#include "bpf/tunnel/outer.h"

__noinline int is_outer(pkt_ctx *ctx, struct pkt *p, enum outer_way way)
{
	struct vxlan_headers *h;

	if (!p)
		return 0;
	h = hdr_at(ctx, p->l4_off, struct vxlan_headers);
	return h && tunnel_find(p, h, way);
}
