/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who asks the gateway itself becomes a neighbour in the kernel's table: by ARP (RFC 826) and neighbour solicitations (RFC 4861
 * section 7.2.3), which tell the sender's address, or because he is answered. With invented addresses one sender would fill the
 * table for all interfaces, as a scan would (output/neighbour.h). So an interface has so many new ones in a second. Known ones
 * are free, and so is who is answered through a router.
 */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/budget.h"
#include "bpf/base/ctx.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/output/neighbour.h"
#include "bpf/output/route.h"
#include "bpf/proto/ipv6.h"

#include "maps/budget.h"
#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/interface.h"
#include "maps/layout.h"

#define SENDERS_IN_A_SECOND 32
#define ARP_REQUEST 1
#define ND_SOLICITATION 135

enum { SENDER_IS_ANSWERED, SENDER_TELLS };

struct arp_ipv4 {
	__be16 link, protocol;
	__u8 link_length, length;
	__be16 operation;
	__u8 mac[6];
	__u8 sender[4]; /* the header is not aligned for words here */
	__u8 other_mac[6];
	__u8 target[4];
} __attribute__((packed));

struct nd_solicitation {
	__u8 type, code;
	__be16 checksum;
	__be32 reserved;
	__be32 target[4];
};

static __always_inline bool is_next_hop(const struct bpf_fib_lookup *fib, const struct sl_addr *who, __u32 family)
{
	if (family == 4)
		return fib->ipv4_dst == who->w[3];
	return fib->ipv6_dst[0] == who->w[0] && fib->ipv6_dst[1] == who->w[1] && fib->ipv6_dst[2] == who->w[2] &&
	       fib->ipv6_dst[3] == who->w[3];
}

/* Paid for once in a second, as next hops are. */
static __always_inline int take_sender(const struct pkt *p, __u32 hash, __u32 family)
{
	struct sl_budget *asked = asked_row(hash);

	if (!asked)
		return 0;
	if (is_paid_for(asked, hash, p))
		return 1;
	if (!budget_take(SL_BUDGET_SENDERS + 2 * p->slot + (family == 6), p->now, p->hz, SENDERS_IN_A_SECOND))
		return 0;
	note_paid(asked, hash, p);
	return 1;
}

/* 1: who is one already, or may become one. No route tells of link-local addresses: they are always new. */
__noinline int may_become_neighbour(pkt_ctx *ctx, struct pkt *p, struct sl_addr *who, __u32 family, __u32 how)
{
	struct scratch *s = scratch_get();
	__u32 flags;
	bool here;
	long rc;

	if (!s || !p || !who || p->slot >= SL_MAX_SLOTS)
		return 0;
	if (!(p->dev & SL_IF_ETHERNET)) /* there is nobody to resolve */
		return 1;
	flags = fib_question(&s->fib, p->vrf, who, who, family);
	if (family == 4 || !is_link_local6(who->w)) {
		rc = bpf_fib_lookup(ctx, &s->fib, sizeof(s->fib), flags);
		here = has_next_hop(rc) && s->fib.ifindex == p->ifindex && is_next_hop(&s->fib, who, family);
		if (here ? rc == BPF_FIB_LKUP_RET_SUCCESS : how == SENDER_IS_ANSWERED)
			return 1;
	}
	fib_question(&s->fib, p->vrf, who, who, family); /* the answer has taken its place */
	s->fib.ifindex = p->ifindex;
	return take_sender(p, hash_of_next_hop(&s->fib), family);
}

static __always_inline __be32 word_at(const __u8 *bytes)
{
	return bpf_htonl((__u32)bytes[0] << 24 | (__u32)bytes[1] << 16 | (__u32)bytes[2] << 8 | bytes[3]);
}

/* Requests for an address of the gateway; the kernel remembers nobody for others, nor of a probe (RFC 5227). */
__noinline int arp(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct arp_ipv4 *a;

	if (!s || !p)
		return SL_V_IGNORED;
	a = hdr_at(ctx, p->l3_off, struct arp_ipv4);
	if (!a || a->operation != bpf_htons(ARP_REQUEST) || a->length != 4 || a->link_length != 6 ||
	    !word_at(a->sender))
		return SL_V_IGNORED;
	addr_from4(&s->sender, word_at(a->sender));
	addr_from4(&s->inside.address, word_at(a->target));
	if (!local_find(p->version, p->vrf, &s->inside.address))
		return SL_V_IGNORED;
	return may_become_neighbour(ctx, p, &s->sender, 4, SENDER_TELLS) ? SL_V_IGNORED : drop(p, SL_DROP_UNRESOLVED);
}

/* The same of IPv6, for packets that are PKT_ESSENTIAL: who asks from :: looks for a double of his own address. */
__noinline int solicitation(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct nd_solicitation *nd;

	if (!s || !p || p->family != 6 || p->icmp_type != ND_SOLICITATION)
		return SL_V_NEXT;
	nd = hdr_at(ctx, p->l4_off, struct nd_solicitation);
	if (!nd || is_unspecified6(p->key.v6.source))
		return SL_V_NEXT;
	addr_from6(&s->sender, p->key.v6.source);
	addr_from6(&s->inside.address, nd->target);
	if (!local_find(p->version, p->vrf, &s->inside.address))
		return SL_V_NEXT;
	return may_become_neighbour(ctx, p, &s->sender, 6, SENDER_TELLS) ? SL_V_NEXT : drop(p, SL_DROP_UNRESOLVED);
}
