/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * nat_inside:  hash, inside endpoint -> outside endpoint (endpoint-independent mapping, RFC 4787 REQ-1)
 * nat_outside: hash, outside endpoint -> sl_mapping: the mapping itself. Inserting here claims the port.
 * nat_peers:   hash, (outside endpoint, address outside) -> how many flows are between them. Only for
 *              masquerades with SL_MASQUERADE_FILTER_ADDRESS.
 *
 * Where no port is left, a flow shares one: it has it towards its own destination, by the entry for its answers
 * alone (SL_HOLDS_SHARE in flow.h), and no row here. Other packets to the port go to who has the mapping.
 */
#pragma once

#include "layout.h"

struct sl_endpoint {
	struct sl_addr address;
	__be16 port; /* ICMP: the query's id */
	__u8 protocol;
	__u8 zero;
	/*
	 * scope: inside the outgoing ifindex for a masquerade with the interface's own address, otherwise
	 * SL_SCOPE_POOL | number of the masquerade. Outside: 0.
	 * vrf: that the address belongs to: two VRFs may have the same one, each with all of its ports
	 */
	SL_ORDER(__u32 scope;, __u16 vrf; __u16 zero2;)
};
SL_ASSERT_SIZE(struct sl_endpoint, 28);

#define SL_SCOPE_POOL 0x80000000u
#define SL_MAPPING_DEAD 0xffffffffu

struct sl_mapping {
	SL_SHIFT
	struct sl_endpoint other; /* the inside endpoint that has it, or had it last */
	__u32 masquerade;         /* number of the rule */
	/*
	 * The next eight bytes change as one, by compare and swap. The nonce is another one for each
	 * mapping, so that a row that was removed and used again is not taken for the old one.
	 */
	__u32 references; /* flows that use it; 0: resting (RFC 6888 REQ-8), or at its end; SL_MAPPING_DEAD: being removed */
	__u16 flags;      /* SL_MAPPING_* */
	__u16 nonce;
	__u32 freed; /* resting: since when, jiffies */
	union {
		__u32 slot; /* in use: that of the flow it was made for, see slots.h; 0: it has ended, or is unknown */
		__u32 late; /* resting: hash of the peer who may still answer the flow that ended last */
	};
};
SL_ASSERT_SIZE(struct sl_mapping, 48);

#define SL_MAPPING_RESTS (1 << 0)   /* one of its flows may still be answered: the port rests after the last */
#define SL_MAPPING_IN_LINE (1 << 1) /* stands in the line of resting ports */
#define SL_MAPPING_COUNTED (1 << 2) /* counted for its host, see ports.h */
#define SL_MAPPING_LOGGED (1 << 3)  /* its begin was reported, and so will be its end */
#define SL_MAPPING_STEADY (1 << 4)  /* the port is one of its host's own: it need not rest */
#define SL_MAPPING_ENDING (1 << 5)  /* a flow of it has ended: without references it belongs to who ended the last */
#define SL_MAPPING_SHARED (1 << 6)  /* counted for its VRF, see accounts.h */

struct sl_peer_key {
	struct sl_endpoint outside; /* scope 0 */
	struct sl_addr peer;
};
SL_ASSERT_SIZE(struct sl_peer_key, 44);

struct sl_peer {
	__u32 references; /* flows; SL_MAPPING_DEAD: being removed */
	__u32 owner;      /* row of budgets: the inside host's */
};
SL_ASSERT_SIZE(struct sl_peer, 8);
