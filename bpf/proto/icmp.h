/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP (RFC 792) and ICMPv6 (RFC 4443): queries carry an id, errors quote a packet. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"
#include "bpf/proto/transport.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"

#define ICMP_ECHOREPLY 0
#define ICMP_DEST_UNREACH 3
#define ICMP_SOURCE_QUENCH 4
#define ICMP_REDIRECT 5
#define ICMP_ECHO 8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETERPROB 12
#define ICMP_TIMESTAMP 13
#define ICMP_TIMESTAMPREPLY 14
#define ICMP_NET_UNREACH 0 /* codes of ICMP_DEST_UNREACH */
#define ICMP_PORT_UNREACH 3
#define ICMP_FRAG_NEEDED 4
#define ICMP_PKT_FILTERED 13

#define ICMP6_DEST_UNREACH 1
#define ICMP6_ERROR_MAX 4 /* unreachable, too big, time exceeded, parameter problem */
#define ICMP6_ECHO 128
#define ICMP6_ECHO_REPLY 129
#define ICMP6_MLD_QUERY 130
#define ICMP6_MLD_DONE 132
#define ICMP6_ND_FIRST 133 /* router solicitation, advertisement, neighbour ... , redirect */
#define ICMP6_ROUTER_ADVERT 134
#define ICMP6_REDIRECT 137
#define ICMP6_ND_LAST ICMP6_REDIRECT
#define ICMP6_MLD2_REPORT 143

struct icmp_echo_header {
	__u8 type, code;
	__be16 check, id, sequence;
};

static __always_inline __u16 icmp4_kind(__u8 type)
{
	switch (type) {
	case ICMP_ECHO:
	case ICMP_TIMESTAMP:
		return PKT_ICMP_QUERY;
	case ICMP_ECHOREPLY:
	case ICMP_TIMESTAMPREPLY:
		return PKT_ICMP_REPLY;
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return PKT_ICMP_ERROR;
	default:
		return PKT_ICMP_OTHER;
	}
}

static __always_inline __u16 icmp6_kind(const struct pkt *p, __u8 type)
{
	if (type == ICMP6_ECHO)
		return PKT_ICMP_QUERY;
	if (type == ICMP6_ECHO_REPLY)
		return PKT_ICMP_REPLY;
	if (type >= 1 && type <= ICMP6_ERROR_MAX)
		return PKT_ICMP_ERROR;
	/* 255 proves that it was not forwarded (RFC 4861 section 11.2) */
	if (type >= ICMP6_ND_FIRST && type <= ICMP6_ND_LAST && p->ttl == 255)
		return PKT_ICMP_OTHER | PKT_ESSENTIAL;
	if ((type >= ICMP6_MLD_QUERY && type <= ICMP6_MLD_DONE) || type == ICMP6_MLD2_REPORT)
		return PKT_ICMP_OTHER | PKT_ESSENTIAL;
	return PKT_ICMP_OTHER;
}

static __always_inline void set_query_id(struct pkt *p, __be16 id)
{
	p->is |= PKT_PORTS;
	if (p->is & PKT_ICMP_QUERY)
		set_ports(p, id, 0);
	else
		set_ports(p, 0, id);
}

static __always_inline verdict parse_icmp(pkt_ctx *ctx, struct pkt *p)
{
	struct icmp_echo_header *icmp = hdr_at(ctx, p->l4_off, struct icmp_echo_header);

	if (!icmp || l4_bytes(p) < sizeof(*icmp))
		return drop(p, SL_DROP_TOO_SHORT);
	p->icmp_type = icmp->type;
	p->icmp_code = icmp->code;
	p->check_off = offsetof(struct icmp_echo_header, check);
	p->is |= p->family == 4 ? icmp4_kind(icmp->type) : icmp6_kind(p, icmp->type);
	if (p->is & (PKT_ICMP_QUERY | PKT_ICMP_REPLY))
		set_query_id(p, icmp->id);
	return SL_V_NEXT;
}
