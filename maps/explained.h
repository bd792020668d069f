/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What explain tells of a packet that was never sent, in numbers.
 * explained: array of one row, what sluice_explain (bpf/explain.bpf.c) found out about the packet that it was run with. Nobody else
 * writes it, and it lives as long as the daemon that asks.
 * Addresses and ports in network byte order, the rest in host order.
 */
#pragma once

#include "layout.h"

/* The questions that a first packet meets, in their order; each was answered well when the next one was asked. */
enum sl_asked {
	SL_ASKED_INTERFACE,
	SL_ASKED_ADDRESSES,
	SL_ASKED_FLOW,
	SL_ASKED_SOURCE,
	SL_ASKED_WAY,
	SL_ASKED_HIDDEN, /* also: the filter of a mapping */
	SL_ASKED_POLICY,
	SL_ASKED_TRANSLATION,
	SL_ASKED_TUNNEL,
	SL_ASKED_ANSWERS, /* whether another flow has them */
	SL_ASKED_LIMITS,  /* by programs alone */
};

enum sl_explained_known {
	SL_KNOWN_NOT,
	SL_KNOWN_ORIGINAL, /* a packet of a flow that is there */
	SL_KNOWN_REPLY,    /* an answer of one */
};

#define SL_EXPLAINED_MANY (1 << 0)       /* sent to many */
#define SL_EXPLAINED_ESSENTIAL (1 << 1)  /* what keeps the link itself working */
#define SL_EXPLAINED_ADMITTED (1 << 2)   /* by a forward or a filter */
#define SL_EXPLAINED_UNHIDDEN (1 << 3)   /* sent to a mapping, from where its owner is not hidden */
#define SL_EXPLAINED_MASQUERADE (1 << 4) /* gets a port when a packet comes, unless it has a mapping */
#define SL_EXPLAINED_MAPPED (1 << 5)     /* it has: source and source_port are those */
#define SL_EXPLAINED_GIVES_WAY (1 << 6)  /* the flow that has its answers does */
#define SL_EXPLAINED_OTHER_PORT (1 << 7) /* nftables: the source gets one, because another flow has the answers */

struct sl_explained {
	__u8 asked;   /* enum sl_asked */
	__u8 verdict; /* enum sl_verdict; SL_V_NEXT: it would begin a flow */
	__u8 reason;  /* enum sl_drop_reason */
	__u8 known;   /* enum sl_explained_known */
	__u8 state;   /* enum sl_flow_state, of a known flow */
	__u8 action;  /* enum sl_action, of policies */
	__u8 is;      /* SL_EXPLAINED_* */
	__u8 zero;
	__u16 flags;                 /* SL_FLOW_* */
	__u16 zone_in, zone_out;     /* 0: the gateway */
	__u16 vrf_in, vrf_out, view; /* view: in whose rules and routes the destination was found */
	__u16 zone_behind;           /* that the way back to the source leads into; 0: none, or not asked */
	__u16 mtu;
	__u32 ifindex_out, policy, nat;     /* the latter two: object numbers */
	__u32 limits;                       /* row of limit_rows; 0: none */
	struct sl_addr source, destination; /* as it would leave */
	struct sl_addr next_hop;
	__be16 source_port, destination_port;
	__u32 zero2;
};
SL_ASSERT_SIZE(struct sl_explained, 96);
