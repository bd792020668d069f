/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the generator sends and what the far end expects, for flow number i:
 *
 *   mapping m = i mod PLAN_MAPPINGS, destination d = i div PLAN_MAPPINGS
 *   inside host  inside_base + m / 256, port PLAN_FIRST_PORT + m
 *   outside host outside_base + d,      port PLAN_SERVICE_PORT
 *
 * Every mapping has a port of its own, so a NAT that preserves ports gives the inside host's port at
 * the outside address, and replies can be sent without asking the NAT. With IPv6 the same numbers are the last
 * 32 bits of addresses. Shared by BPF and C++.
 */
#pragma once

#include <linux/types.h>

#define PLAN_MAPPINGS 61440 /* 15 * 4096: divided by without a division, see plan_destination() */
#define PLAN_FIRST_PORT 2048
#define PLAN_SERVICE_PORT 4000
#define PLAN_MAX_FLOWS (1u << 20)
#define PLAN_FRAME 64
#define PLAN_IPV6_FRAME 84 /* the same payload behind a header that is 20 bytes longer */
#define PLAN_TTL 64
#define PLAN_TAG 4            /* IEEE 802.1Q: between a frame's addresses and its type */
#define PLAN_TUNNEL 50        /* RFC 7348: Ethernet, IPv4, UDP and VXLAN headers in front of a frame */
#define PLAN_TUNNEL_PORT 2000 /* none of a mapping: a NAT gives the gateway's own ports to nobody */
#define PLAN_OUTER_PORT 49152 /* and up: 16,384 that tell inner flows apart (RFC 7348 section 5) */
#define PLAN_OUTER_PORTS 16384

/* IPv6: what addresses begin with. */
struct networks {
	__be32 source[3], destination[3];
};

struct plan {
	__u8 to_mac[6], from_mac[6]; /* in the order of the Ethernet header */
	__u32 inside_base;           /* host byte order; of IPv6 addresses the last 32 bits, here and below */
	__u32 outside_base;
	__u32 nat_address; /* 0: nobody translates */
	struct networks sent, received;
	__u32 flows;
	__u32 mask;  /* the smallest 2^k - 1 that covers flows - 1 */
	__u32 shift; /* half of that k, at least 1 */
	__u32 first; /* the first flow of a run in natural order */
	__u16 from_inside, shuffled, ipv6;
	__u16 inside_vlan;    /* that the inside host's frames are tagged with; 0: they have no tag */
	__u16 sums_by_device; /* outer UDP sums are left as a device gets them that completes them */
	__u32 inside_vni;     /* of the VXLAN that the inside host's frames are in, IPv4 only; 0: they are in none */
};

struct vlan_tag {
	__u8 to_mac[6], from_mac[6];
	__be16 type, id;
} __attribute__((packed, aligned(2)));

/* By how many bytes frames are longer on the inside, and their IP header lies further back. */
static inline __u32 plan_inside_front(const struct plan *p)
{
	if (p->inside_vni)
		return PLAN_TUNNEL;
	return p->inside_vlan ? PLAN_TAG : 0;
}

static inline __u32 plan_sent_front(const struct plan *p)
{
	return p->from_inside ? plan_inside_front(p) : 0;
}

static inline __u32 plan_received_front(const struct plan *p)
{
	return p->from_inside ? 0 : plan_inside_front(p);
}

static inline __u32 plan_frame(const struct plan *p)
{
	return p->ipv6 ? PLAN_IPV6_FRAME : PLAN_FRAME;
}

/* What a sink has seen since it was reset. */
struct tally {
	__u64 packets;
	__u64 as_expected; /* with the source that the translation must give */
	__u64 bad_checksum, bad_ttl, bad_flow;
	__u64 first_ns; /* when the first packet came */
	__u64 later_ns,
		before; /* when a later one came, the last of each PLAN_STAMP, and how many had come before it */
};

#define PLAN_STAMP 64 /* packets to a look at the clock */

struct ethernet {
	__u8 to_mac[6], from_mac[6];
	__be16 type;
} __attribute__((packed, aligned(2)));

struct udp {
	__be16 source_port, destination_port;
	__be16 length;
	__u16 sum;
	__u8 payload[22];
} __attribute__((packed, aligned(2)));

/* Also the first bytes of an outer packet, whose payload begins with the VXLAN header. */
struct frame {
	struct ethernet ethernet;
	__u8 version_ihl, tos;
	__be16 length, id, fragment;
	__u8 ttl, protocol;
	__u16 ip_sum;
	__be32 source, destination;
	struct udp udp;
} __attribute__((packed, aligned(2)));

struct ipv6_address {
	__be32 network[3], host;
} __attribute__((packed, aligned(2)));

struct ipv6_frame {
	struct ethernet ethernet;
	__be32 version_class_label;
	__be16 length;
	__u8 next_header, hop_limit;
	struct ipv6_address source, destination;
	struct udp udp;
} __attribute__((packed, aligned(2)));

union any_frame {
	struct frame ipv4;
	struct ipv6_frame ipv6;
};

struct vxlan {
	__be32 flags, vni;
} __attribute__((packed, aligned(2)));

/* i div PLAN_MAPPINGS for i < 2^20 */
static inline __u32 plan_destination(__u32 flow)
{
	return ((flow >> 12) * 34953u) >> 19;
}
