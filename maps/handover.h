/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * In config (config.h), written by the daemon. Where all nodes of a cluster carry (role "active-active"), one of them
 * leads: it begins flows, changes their states and ends them, and tells the others of them. Those carry what goes on in
 * flows that they know, and hand everything else over to it: as it came, in a frame on the link of the nodes, whose source
 * MAC address says by which interface it had come in: 06:5c:1d:HH:HH:NN, locally administered (IEEE 802), NN the number of
 * that interface at all nodes (sl_interface.number), HH:HH a hash of which interfaces there are (sl_interface.peer4 of that
 * link): while nodes have different documents a number may stand for two of them, and nothing is handed over.
 */
#pragma once

#include "layout.h"

enum sl_handover_role {
	SL_HANDOVER_NONE,    /* this node carries alone */
	SL_HANDOVER_LEADS,   /* takes what others hand over */
	SL_HANDOVER_FOLLOWS, /* hands over */
};

#define SL_MAX_NUMBERED 256 /* interfaces with a number, from 1 */
#define SL_HANDOVER_MAC0 0x06
#define SL_HANDOVER_MAC1 0x5c
#define SL_HANDOVER_MAC2 0x1d

struct sl_handover {
	struct sl_addr leader; /* on that link */
	__u32 link;            /* its ifindex; 0: the leader is not known, and what is for it is dropped */
	__u8 role;             /* enum sl_handover_role */
	__u8 family;           /* of `leader`: 4 or 6 */
	__u16 zero;
	__u32 device[SL_MAX_NUMBERED]; /* ifindex by number; 0: not at this node */
};
SL_ASSERT_SIZE(struct sl_handover, 1048);
