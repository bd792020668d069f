/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An ICMP error of the kernel, about a packet that sluice had translated and whose next hop does not answer: it quotes
 * what only the other side of the translation may know (RFC 5508 REQ-5), and its receiver could not tell what it is about.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/family/error_types.h"
#include "bpf/icmp/quoted.h"
#include "bpf/state/table.h"

#include "maps/flow.h"

static __always_inline bool is_about_a_neighbour(const struct pkt *p)
{
	if (p->family == 4)
		return p->icmp_type == ICMP_DEST_UNREACH && p->icmp_code == ICMP_HOST_UNREACH;
	return p->icmp_type == ICMP6_DEST_UNREACH && p->icmp_code == ICMP6_ADDRESS;
}

/*
 * Whether its receiver must not have it. What failed for want of a neighbour has a flow; where this VRF has none, the packet
 * was translated into another one.
 */
__noinline int tells_other_side(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_flow *f;

	if (!s || !p)
		return 1;
	memset(&s->quoted, 0, sizeof(s->quoted));
	if (read_quoted(ctx, p, &s->quoted))
		return 0;
	s->tuple = s->quoted.tuple;
	tuple_turn(&s->tuple);
	f = flow_find(&s->tuple);
	return f ? !!(f->flags & (SL_FLOW_NEW_SOURCE | SL_FLOW_NEW_DESTINATION)) : is_about_a_neighbour(p);
}
