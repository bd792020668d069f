/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * nat_inside:  hash, inside endpoint -> outside endpoint (endpoint-independent mapping, RFC 4787 REQ-1)
 * nat_outside: hash, outside endpoint -> inside endpoint. Inserting here claims the port.
 * nat_peers:   hash, (outside endpoint, address outside) -> how many flows are between them. Only for
 *              masquerades with SL_MASQUERADE_FILTER_ADDRESS.
 */
#pragma once

#include "layout.h"

struct sl_endpoint {
	struct sl_addr address;
	__be16 port; /* ICMP: the query's id */
	__u8 protocol;
	__u8 zero;
	/*
	 * nat_inside: outgoing ifindex for a masquerade with the interface's own address, otherwise
	 * SL_SCOPE_POOL | number of the masquerade. nat_outside: 0.
	 */
	__u32 scope;
};
SL_ASSERT_SIZE(struct sl_endpoint, 24);

#define SL_SCOPE_POOL 0x80000000u
#define SL_MAPPING_DEAD 0xffffffffu

struct sl_mapping {
	struct sl_endpoint other; /* the endpoint on the other side */
	__u32 references;         /* flows that use it (nat_inside only); SL_MAPPING_DEAD: being removed */
	__u32 masquerade;         /* number of the rule */
};
SL_ASSERT_SIZE(struct sl_mapping, 32);

struct sl_peer_key {
	struct sl_endpoint outside; /* scope 0 */
	struct sl_addr peer;
};
SL_ASSERT_SIZE(struct sl_peer_key, 40);

struct sl_peer {
	__u32 references; /* flows; SL_MAPPING_DEAD: being removed */
};
SL_ASSERT_SIZE(struct sl_peer, 4);
