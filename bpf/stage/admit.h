/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses that no routed packet may carry (RFC 1812 section 5.3.7, RFC 4291, RFC 6890). */
#pragma once

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

static __always_inline verdict admit4(struct pkt *p)
{
	__u32 source = bpf_ntohl(p->key.v4.source), destination = bpf_ntohl(p->key.v4.destination);

	if ((destination >> 28) == 0xe || destination == 0xffffffff)
		p->is |= PKT_MULTICAST;
	else if (destination >= 0xf0000000 || (destination >> 24) == 127 || (destination >> 24) == 0)
		return drop(p, SL_DROP_BAD_ADDRESS);
	if (source4_is_bad(p, source))
		return drop(p, SL_DROP_BAD_ADDRESS);
	if (is_dhcp_client4(p))
		p->is |= PKT_ESSENTIAL;
	return SL_V_NEXT;
}

/* ::, ::1 and everything else in ::/96: never on a wire. */
static __always_inline bool in_zero_prefix(const __be32 *a)
{
	return !a[0] && !a[1] && (!a[2] || a[2] == bpf_htonl(0xffff));
}

static __always_inline bool is_link_local6(const __be32 *a)
{
	return (a[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000);
}

static __always_inline bool is_unspecified6(const __be32 *a)
{
	return !a[0] && !a[1] && !a[2] && !a[3];
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
	if (is_dhcp_client6(p))
		p->is |= PKT_ESSENTIAL;
	return SL_V_NEXT;
}

static __always_inline verdict admit(struct pkt *p)
{
	return p->family == 4 ? admit4(p) : admit6(p);
}
