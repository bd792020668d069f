/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * interfaces: array, index = slot of the generation * SL_MAX_IFINDEX + ifindex. A row of zeros is an
 * interface that sluice does not manage.
 */
#pragma once

#include "layout.h"

#define SL_IF_MANAGED (1 << 0)
#define SL_IF_ETHERNET (1 << 1)  /* has a link header */
#define SL_IF_XDP_OUT (1 << 2)   /* XDP may redirect to it: it stands in tx_ports */
#define SL_IF_OUTSIDE (1 << 3)   /* an uplink, or a masquerade leads there: anybody may claim to be anybody */
#define SL_IF_TAGGED (1 << 5)    /* a VLAN whose frames may be given to its trunk with their tags */
#define SL_IF_BY_TAGS (1 << 6)   /* a VLAN that the kernel knows nothing of: tc on the trunk gives it its frames */
#define SL_IF_TAGGER (1 << 7)    /* not managed, the other end of one of those: what comes in leaves by the trunk */
#define SL_IF_TUNNEL (1 << 8)    /* a VXLAN: what leaves by it goes to a remote, see tunnel.h */
#define SL_IF_TUNNELS (1 << 9)   /* outer packets of a VXLAN come in here */
#define SL_IF_UPLINK (1 << 10)   /* everybody else is behind its zone */
#define SL_IF_NETWORK (1 << 11)  /* the tunnel of a network: its packets are counted for endpoints too */
#define SL_IF_ONE_PEER (1 << 12) /* one machine at its other end: `peer4`, with a MAC that is SL_PEER_BIT away (tc) */
#define SL_IF_NODES (1 << 13)    /* the link of a cluster's nodes: what they hand over comes in here, see handover.h */
#define SL_IF_QUEUED (1 << 4)    /* what comes in here waits in the class `queue` where it leaves (tc) */

/* Of the first byte: 02:... and 06:... are the two ends of a pod's veth, both locally administered (IEEE 802). */
#define SL_PEER_BIT 0x04

/* A packet's priority is the class of its VRF or its pod: the same number on every device (tc-htb). */
#define SL_QUEUE_MAJOR 0x5c1du
#define SL_QUEUE(number) (SL_QUEUE_MAJOR << 16 | (number))

#define SL_MAX_TAGS 2 /* QinQ: IEEE 802.1ad around 802.1Q; {0, 0}: none */

struct sl_tag {
	__be16 protocol; /* ETH_P_8021Q or ETH_P_8021AD */
	__be16 id;       /* 1 to 4094 */
};
SL_ASSERT_SIZE(struct sl_tag, 4);

/* RFC 2827, RFC 3704: where the way back to a source has to lead. */
enum sl_anti_spoofing {
	SL_STRICT_SOURCE, /* into the zone that it came from (feasible paths, section 2.3) */
	SL_LOOSE_SOURCE,  /* there, or into an uplink's zone: two providers (section 2.3 again, wider) */
	SL_ANY_SOURCE,
};

struct sl_interface {
	SL_SHIFT
	__u16 zone; /* number, from 1; 0 is the gateway itself */
	__u16 flags;
	__u16 slot;      /* row in the counters */
	__u16 vrf;       /* 0: main */
	__u32 mtu;       /* bytes above the link header */
	__be32 address4; /* the address that errors and masquerade use; 0: none */
	__be32 address6[4];
	__u8 mac[6];
	__u8 anti_spoofing; /* enum sl_anti_spoofing */
	__u8 number;  /* the same at all nodes of a cluster, see handover.h; 0: nothing is handed over from here */
	__u32 bogons; /* number of the set of sources that are refused here; 0: none */
	__u16 limits; /* class of what comes in here, see limit.h */
	__u16 queue;  /* class where it leaves; of a VRF its number */
	/* Of a VLAN: what carries its frames and the tags that they have there, the outermost first (IEEE 802.1Q). */
	__u32 trunk; /* ifindex; 0: it is no VLAN */
	struct sl_tag tags[SL_MAX_TAGS];
	__be32 peer4; /* with SL_IF_ONE_PEER: the only IPv4 source here; with SL_IF_NODES: HH:HH of handover.h, as a __be16 */
};
SL_ASSERT_SIZE(struct sl_interface, 64);

/*
 * vlans: hash. Frames with this tag that a device receives belong to the interface of the row; 0: to the kernel,
 * whose VLAN device is not managed. Tags that no row has are nobody's. VLAN 0 is a priority and no VLAN, and has none.
 */
struct sl_vlan_key {
	__u32 ifindex; /* with two tags the inner one belongs to the VLAN of the outer one */
	struct sl_tag tag;
};
SL_ASSERT_SIZE(struct sl_vlan_key, 8);
