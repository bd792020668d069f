/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Addresses that no routed packet may carry (RFC 1812 section 5.3.7, RFC 4291, RFC 6890), and what a link's members say
 * to keep it working: only from where it can be meant.
 */
#pragma once

#include "bpf/base/maps.h"
#include "bpf/base/types.h"
#include "bpf/path/parse.h"
#include "bpf/proto/icmp.h"
#include "bpf/proto/ipv6.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/interface.h"

/* Who tells an interface its address and its routers: on uplinks alone. Elsewhere policies decide, as for any service. */
static __always_inline bool is_uplink(const struct pkt *p)
{
	return p->dev & SL_IF_UPLINK;
}

static __always_inline bool is_dhcp_client4(const struct pkt *p)
{
	return p->protocol == IPPROTO_UDP && p->key.v4.source_port == bpf_htons(67) &&
	       p->key.v4.destination_port == bpf_htons(68);
}

static __always_inline bool source4_is_bad(const struct pkt *p, __u32 source)
{
	if ((source >> 24) == 127 || source >= 0xe0000000)
		return true;
	/* 0.0.0.0 is a DHCP client that asks everybody */
	return (source >> 24) == 0 && !(source == 0 && (p->is & (PKT_MULTICAST)));
}

/* Who claims the address of another machine of the zone would have that one's policies, and its flows. */
static __always_inline bool is_of_peer(const struct pkt *p)
{
	const struct sl_interface *dev = interface_find(p->version, p->ifindex);

	return dev && dev->peer4 == p->key.v4.source;
}

static __always_inline verdict admit4(struct pkt *p)
{
	__u32 source = bpf_ntohl(p->key.v4.source), destination = bpf_ntohl(p->key.v4.destination);

	if (CTX_IS_TC && (p->dev & SL_IF_ONE_PEER) && !is_of_peer(p))
		return drop(p, SL_DROP_SPOOFED);

	if ((destination >> 28) == 0xe || destination == 0xffffffff)
		p->is |= PKT_MULTICAST;
	else if (destination >= 0xf0000000 || (destination >> 24) == 127 || (destination >> 24) == 0)
		return drop(p, SL_DROP_BAD_ADDRESS);
	if (source4_is_bad(p, source))
		return drop(p, SL_DROP_BAD_ADDRESS);
	if (is_dhcp_client4(p) && is_uplink(p))
		p->is |= PKT_ESSENTIAL;
	return SL_V_NEXT;
}

/* ::, ::1 and everything else in ::/96: never on a wire. */
static __always_inline bool in_zero_prefix(const __be32 *a)
{
	return !a[0] && !a[1] && (!a[2] || a[2] == bpf_htonl(0xffff));
}

static __always_inline bool is_dhcp_client6(const struct pkt *p)
{
	return p->protocol == IPPROTO_UDP && p->key.v6.source_port == bpf_htons(547) &&
	       p->key.v6.destination_port == bpf_htons(546) && is_link_local6(p->key.v6.destination);
}

static __always_inline verdict admit6(struct pkt *p)
{
	const __be32 *source = p->key.v6.source, *destination = p->key.v6.destination;
	bool probing = is_unspecified6(source) && (p->is & PKT_ESSENTIAL); /* duplicate address detection */

	if ((destination[0] & bpf_htonl(0xff000000)) == bpf_htonl(0xff000000))
		p->is |= PKT_MULTICAST;
	else if (in_zero_prefix(destination))
		return drop(p, SL_DROP_BAD_ADDRESS);
	if ((source[0] & bpf_htonl(0xff000000)) == bpf_htonl(0xff000000) || (in_zero_prefix(source) && !probing))
		return drop(p, SL_DROP_BAD_ADDRESS);
	if (is_dhcp_client6(p) && is_uplink(p))
		p->is |= PKT_ESSENTIAL;
	return SL_V_NEXT;
}

/* A router believes no redirect (RFC 1812 section 5.2.7.2). RFC 3376 section 4: IGMP has a TTL of 1. */
static __always_inline bool is_misplaced4(const struct pkt *p)
{
	if (p->protocol == PROTO_IGMP)
		return p->ttl != 1;
	return p->protocol == IPPROTO_ICMP && p->icmp_type == ICMP_REDIRECT;
}

/* RFC 2710 section 3, RFC 3810 section 5; the kernel looks for the router alert. */
static __always_inline bool is_mld_of_link(const struct pkt *p)
{
	return p->ttl == 1 && (is_link_local6(p->key.v6.source) || is_unspecified6(p->key.v6.source));
}

/* RFC 4861: 255 proves that nobody forwarded it. Advertisements are believed where a router can be. */
static __always_inline bool is_misplaced6(const struct pkt *p)
{
	__u8 type = p->icmp_type;

	if (p->protocol != IPPROTO_ICMPV6)
		return false;
	if ((type >= ICMP6_MLD_QUERY && type <= ICMP6_MLD_DONE) || type == ICMP6_MLD2_REPORT)
		return !is_mld_of_link(p);
	if (type < ICMP6_ND_FIRST || type > ICMP6_ND_LAST)
		return false;
	return p->ttl != 255 || type == ICMP6_REDIRECT || (type == ICMP6_ROUTER_ADVERT && !is_uplink(p));
}

static __always_inline bool is_misplaced(const struct pkt *p)
{
	return p->family == 4 ? is_misplaced4(p) : is_misplaced6(p);
}

static __always_inline verdict admit(struct pkt *p)
{
	if ((p->is & (PKT_ICMP_OTHER | PKT_ESSENTIAL)) && is_misplaced(p))
		return drop(p, SL_DROP_CONTROL);
	return p->family == 4 ? admit4(p) : admit6(p);
}
