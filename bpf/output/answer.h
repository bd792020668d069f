/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet goes back where it came from, as the answer that it was made into; so many a second. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/budget.h"
#include "bpf/base/types.h"

#include "maps/budget.h"

#define ICMP_ERROR_TTL 64
#define ICMP4_QUOTE_MAX 512 /* RFC 1812 allows 548 */
#define ICMP6_QUOTE_MAX 512 /* RFC 4443 allows 1232 */
#define ERRORS_PER_SECOND 1000

/*
 * RFC 1812 section 4.3.2.8: errors are rate limited, here for each interface whose packets they answer. "Too big" is apart:
 * without it a path goes silent.
 */
static __always_inline bool may_answer(const struct pkt *p)
{
	return budget_take(SL_BUDGET_ERRORS + 2 * p->slot + (p->answer == ANSWER_TOO_BIG), p->now, p->hz,
			   ERRORS_PER_SECOND);
}

static __always_inline bool swap_macs(pkt_ctx *ctx)
{
	struct ethhdr *eth = hdr_at(ctx, 0, struct ethhdr);
	__u8 mac[6];

	if (!eth)
		return false;
	memcpy(mac, eth->h_dest, 6);
	memcpy(eth->h_dest, eth->h_source, 6);
	memcpy(eth->h_source, mac, 6);
	return true;
}

/* What the packet has become leaves where it came in: 1 when p->action sends it. */
static __always_inline int turn_back(pkt_ctx *ctx, struct pkt *p)
{
	if (p->l3_off && !swap_macs(ctx))
		return 0;
	ctx->mark = SLUICE_MARK;
	p->left_by = p->ifindex;
	/* Of what another node handed over no MAC address says where it came from. */
	p->action = p->tunnel & TUNNEL_LED ? bpf_redirect_neigh(p->ifindex, NULL, 0, 0) : bpf_redirect(p->ifindex, 0);
	return 1;
}
