/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* config: array of one, mapped into the daemon's memory. */
#pragma once

#include "capture.h"
#include "handover.h"
#include "layout.h"

/* Which timeout a flow has. Index into sl_config.timeout. */
enum sl_timeout {
	SL_TIMEOUT_TCP_ESTABLISHED,
	SL_TIMEOUT_TCP_TRANSITORY,
	SL_TIMEOUT_UDP,
	SL_TIMEOUT_UDP_ONE_WAY,
	SL_TIMEOUT_ICMP,
	SL_TIMEOUT_OTHER,
	SL_TIMEOUT_PORT_REST, /* how long a freed port waits for another host (RFC 6888 REQ-8); 0: not */
	SL_TIMEOUT_COUNT,
};

#define SL_FLOW_SECRETS 11 /* one more than the longest key has words of 32 bits */

/* What the rules of one generation have, so that a look at tables without rows is spared. */
struct sl_rules_header {
	__u32 zones;      /* zone_pairs is zones * zones, index from * zones + to */
	__u32 dimensions; /* SL_BY_*: dimensions in which any policy differs; SL_OUTSIDE_IS_LOCAL */
	__u32 forwards;   /* rows of the tables that may be skipped when empty */
	__u32 static_rows;
	__u32 limits;           /* SL_LIMITS_*, see limit.h; 0: there are none */
	__u32 limits_from_host; /* class of what the gateway itself sends */
	__u32 tunnels;          /* rows of tunnels, see tunnel.h */
	__u32 vrfs;             /* of the document */
	/*
	 * Row of masquerades + 1, by the gateway's own address, of what no rule of the document translates: what a service
	 * leads into the other family, and hairpins. 0: there is none.
	 */
	__u32 own_address;
	__u32 nat64; /* rows of prefixes of that kind */
};

struct sl_config {
	SL_SHIFT
	/*
	 * High half: generation of the rules; its lowest bit picks the rule tables. Low half: epoch
	 * of the next hops. Written last and in one piece; a flow with another value looks again.
	 * 0: no rules yet.
	 */
	__u32 version;
	__u32 hz;                           /* jiffies per second */
	__u32 timeout[SL_TIMEOUT_COUNT];    /* jiffies */
	__u64 rules_digest[SL_GENERATIONS]; /* identity of each generation's rules, by its slot; before `version` */
	__u64 netns;                        /* inode of the network namespace that these pins serve */
	__u32 abi;                          /* SL_ABI */
	__u32 flows_per_host;               /* how many an inside host may have at once; 0: its share of the table */
	char build[64];                     /* identity of the programs that were loaded */
	struct sl_rules_header rules[SL_GENERATIONS]; /* by the generation's slot */
	__u32 capturing;                              /* bits of the captures that run; 0: none */
	struct sl_capture capture[SL_CAPTURES];
	__u32 told_until; /* jiffies: until then the daemon hears which flows become established; 0: it does not */
	__u64 flow_secret[SL_FLOW_SECRETS]; /* of the hash of flow.h: made once, kept as long as the maps */
	struct sl_handover handover;        /* of a cluster whose nodes all carry */
};

#define SL_GENERATION(version) ((version) >> 16)
#define SL_SLOT_OF(version) (((version) >> 16) & 1)
