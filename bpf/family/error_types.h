/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an ICMP error says in the other family (RFC 7915 sections 4.2 and 5.2). What has no meaning there says nothing. */
#pragma once

#include "bpf/base/types.h"
#include "bpf/family/suits.h"
#include "bpf/proto/icmp.h"

#define ICMP_HOST_UNREACH 1 /* codes of ICMP_DEST_UNREACH */
#define ICMP_PROT_UNREACH 2
#define ICMP_HOST_UNREACH_TOS 12
#define ICMP_HOST_ANO 10
#define ICMP_NET_ANO 9
#define ICMP_PREC_CUTOFF 15

#define ICMP6_PACKET_TOO_BIG 2
#define ICMP6_TIME_EXCEED 3
#define ICMP6_PARAM_PROB 4
#define ICMP6_NO_ROUTE 0 /* codes of ICMP6_DEST_UNREACH */
#define ICMP6_ADMIN 1
#define ICMP6_BEYOND_SCOPE 2
#define ICMP6_ADDRESS 3
#define ICMP6_NO_PORT 4
#define ICMP6_NEXT_HEADER 1 /* code of ICMP6_PARAM_PROB */
#define IPV6_MTU_MIN 1280
#define IPV4_MTU_MIN 68
#define POINTER_OF_NEXT_HEADER 6

struct error_type {
	__u8 type, code;
	__be16 check;
	__be32 info; /* an MTU or a pointer */
};

static __always_inline bool unreachable_in6(struct error_type *e)
{
	__u8 code = e->code;
	__u32 mtu = bpf_ntohl(e->info) & 0xffff;

	e->type = ICMP6_DEST_UNREACH;
	e->info = 0;
	switch (code) {
	case ICMP_FRAG_NEEDED: /* routers of long ago said no MTU */
		e->type = ICMP6_PACKET_TOO_BIG;
		e->code = 0;
		mtu += FAMILY_GROWTH;
		e->info = bpf_htonl(mtu < IPV6_MTU_MIN ? IPV6_MTU_MIN : mtu);
		return true;
	case ICMP_PROT_UNREACH:
		e->type = ICMP6_PARAM_PROB;
		e->code = ICMP6_NEXT_HEADER;
		e->info = bpf_htonl(POINTER_OF_NEXT_HEADER);
		return true;
	case ICMP_PORT_UNREACH:
		e->code = ICMP6_NO_PORT;
		return true;
	case ICMP_NET_ANO:
	case ICMP_HOST_ANO:
	case ICMP_PKT_FILTERED:
	case ICMP_PREC_CUTOFF:
		e->code = ICMP6_ADMIN;
		return true;
	default:
		e->code = ICMP6_NO_ROUTE;
		return code <= ICMP_HOST_UNREACH_TOS;
	}
}

static __always_inline bool error_in6(struct error_type *e)
{
	switch (e->type) {
	case ICMP_DEST_UNREACH:
		return unreachable_in6(e);
	case ICMP_TIME_EXCEEDED:
		e->type = ICMP6_TIME_EXCEED;
		e->info = 0;
		return true;
	default: /* what is wrong with a header was not the sender's fault: it wrote another one */
		return false;
	}
}

static __always_inline bool unreachable_in4(struct error_type *e)
{
	__u8 code = e->code;

	e->type = ICMP_DEST_UNREACH;
	e->info = 0;
	switch (code) {
	case ICMP6_NO_ROUTE:
	case ICMP6_BEYOND_SCOPE:
	case ICMP6_ADDRESS:
		e->code = ICMP_HOST_UNREACH;
		return true;
	case ICMP6_ADMIN:
		e->code = ICMP_HOST_ANO;
		return true;
	case ICMP6_NO_PORT:
		e->code = ICMP_PORT_UNREACH;
		return true;
	default:
		return false;
	}
}

static __always_inline bool error_in4(struct error_type *e)
{
	__u32 mtu;

	switch (e->type) {
	case ICMP6_DEST_UNREACH:
		return unreachable_in4(e);
	case ICMP6_PACKET_TOO_BIG:
		mtu = bpf_ntohl(e->info);
		mtu = mtu > 0xffff ? 0xffff : mtu < IPV4_MTU_MIN + FAMILY_GROWTH ? IPV4_MTU_MIN : mtu - FAMILY_GROWTH;
		e->type = ICMP_DEST_UNREACH;
		e->code = ICMP_FRAG_NEEDED;
		e->info = bpf_htonl(mtu);
		return true;
	case ICMP6_TIME_EXCEED:
		e->type = ICMP_TIME_EXCEEDED;
		e->info = 0;
		return true;
	case ICMP6_PARAM_PROB:
		if (e->code != ICMP6_NEXT_HEADER)
			return false;
		e->type = ICMP_DEST_UNREACH;
		e->code = ICMP_PROT_UNREACH;
		e->info = 0;
		return true;
	default:
		return false;
	}
}

static __always_inline bool error_in_other_family(struct error_type *e, __u8 family)
{
	return family == 4 ? error_in6(e) : error_in4(e);
}
