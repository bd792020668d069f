/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VXLAN (RFC 7348). Both tables are only what spares the kernel a packet: what is not in them goes the way of packets
 * to and from the gateway, and of the kernel's VXLAN device.
 */
#pragma once

#include "layout.h"

/*
 * tunnels: hash, by generation, of rows of two kinds (SL_TUNNEL_OUTER, SL_TUNNEL_ENDS).
 * - In the main VRF: outer packets of a VNI from and to one of its remotes: they need no flow, and those that come may be opened where
 *   the interface is managed (else a bridge has it).
 * - Both ends of any tunnel of the document, whatever its VNI (in the key is the VRF in its place, as a number of the
 *   machine): what leaves like its outer packets, and is none, would be a frame for the remote. Tunnels by GRE, which
 *   have no port, have 0. The row's value is zeros.
 */
struct sl_tunnel_key {
	struct sl_addr remote; /* source of the outer packet that comes */
	struct sl_addr local;  /* its destination, of the gateway */
	__be32 vni;            /* as in the header: in its upper 24 bits; of ends: the VRF */
	__be16 port;           /* UDP port that they are sent to; 0: GRE */
	__u16 kind;
};
SL_ASSERT_SIZE(struct sl_tunnel_key, 40);
#define SL_TUNNEL_OUTER 0
#define SL_TUNNEL_ENDS 1

struct sl_tunnel {
	__u32 ifindex; /* of the VXLAN's interface */
	__u16 zone;    /* that they have to come from: where the way back to the remote leads (RFC 3704) */
	__u16 flags;   /* SL_TUNNEL_* */
};
SL_ASSERT_SIZE(struct sl_tunnel, 8);
#define SL_TUNNEL_LEARNS (1 << 0) /* a sender that is not in tunnel_ends at this remote is shown to the kernel first */

/*
 * tunnel_ends: hash, at most SL_MAX_TUNNEL_ENDS rows: behind which remote a MAC address is. The daemon copies it
 * from the kernel's forwarding table, where the document's entries are and what the kernel has learned. The packet
 * path keeps the way to the remote in it, and takes away a row that was learned when the sender shows up elsewhere.
 */
#define SL_MAX_TUNNEL_ENDS 16384

struct sl_tunnel_end_key {
	__u32 ifindex; /* of the VXLAN's interface */
	__u8 mac[6];
	__u16 zero;
};
SL_ASSERT_SIZE(struct sl_tunnel_end_key, 12);

struct sl_tunnel_hop {
	__u32 ifindex; /* 0: no way is known that XDP could take */
	__u16 mtu;     /* bytes of an outer packet */
	__u16 tagged;  /* 1: leaves by a VLAN, with the tags of its interface, by the trunk */
	__u8 dmac[6], smac[6];
};
SL_ASSERT_SIZE(struct sl_tunnel_hop, 20);

struct sl_tunnel_end {
	SL_SHIFT
	struct sl_addr local, remote; /* of the outer packet */
	__be32 vni;                   /* as in the header */
	__be16 port;
	__u8 family;   /* 4 or 6, of the outer packet */
	__u8 learned;  /* 0: the document says so */
	__u32 version; /* sl_config.version when the way was last looked up; 0: never */
	__u32 stamp;   /* jiffies then; once a second */
	__u32 busy;    /* 1: somebody is looking */
	__u32 current; /* which of the two is read; the other one is written */
	struct sl_tunnel_hop hop[2];
};
SL_ASSERT_SIZE(struct sl_tunnel_end, 96);
