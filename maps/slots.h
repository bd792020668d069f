/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every flow takes a slot, so that the flows can be gone through by number: by each new flow a little,
 * and by the daemon as a whole.
 *
 * flow_slots4, flow_slots6: arrays, as many rows as flows4 and flows6. A flow takes two rows there and
 *     one slot here, so every second slot is free even when the table is full.
 * gc_cursors:  array of SL_GC_CURSORS, how far the slots have been looked at; and the line of resting ports
 * flow_counts: per-CPU array of SL_GC_CURSORS, flows made and ended on that CPU
 * half_open:   array of __u64, places of the flows that are not established
 * half_open_targets: hash, where a forward with a limit leads to -> its TCP flows that are half open
 */
#pragma once

#include "accounts.h"
#include "flow.h"

struct sl_slot {
	SL_SHIFT
	__u32 word; /* SL_SLOT_*, changed by compare and exchange only */
	__u32 due;  /* jiffies: before that the flow cannot be idle for too long */
	/* Written before the flow is there: the accounts that it is counted in (accounts.h). */
	__u32 account; /* row of host_shared; 0: that of its source in host_flows */
	__u32 tenant;  /* key of tenant_flows; 0: counted nowhere */
	/* Of a flow that began with a SYN cookie (SL_FLOW_SYNPROXY): */
	__u32 delta;  /* the target's sequence numbers less those that the client knows */
	__u16 window; /* the client's, when it came */
	__u16 mss;    /* the client's */
};
#define SL_SLOT_FREE 0
#define SL_SLOT_BUSY 1 /* its key is being written */
#define SL_SLOT_TAKEN 2
#define SL_SLOT_STATE 3
#define SL_SLOT_HALF_OPEN (1 << 2) /* waits, and its accounts say so; who takes the bit away takes the counts down */
#define SL_SLOT_TARGET (1 << 3)    /* counted in half_open_targets; who takes the bit away takes the count down */
#define SL_SLOT_TURN (1 << 4)      /* added for each owner: no two of them see the same word */

/* The key is that of the flow's first packet. Slot 0 is never given: number 0 stands for none. */
struct sl_flow_slot4 {
	struct sl_slot head;
	struct sl_flow4_key key;
};
SL_ASSERT_SIZE(struct sl_flow_slot4, 40);

struct sl_flow_slot6 {
	struct sl_slot head;
	struct sl_flow6_key key;
};
SL_ASSERT_SIZE(struct sl_flow_slot6, 64);

/* Of resting_ports (ports.h): places counted from 0 for ever; the row is the place modulo the size of the ring. */
struct sl_line {
	__u64 head, tail;
};

/* Two cache lines each: CPUs that count here do not wait for each other. */
struct sl_gc_cursor {
	SL_SHIFT
	__u32 next;
	__u32 live;              /* flows that have a slot */
	__u32 tenants;           /* that have flows of this family */
	__u32 mappings, mappers; /* of the first row alone: that are counted for a tenant, and tenants that have some */
	__u32 reserved[11];
	struct sl_line resting; /* of the first row alone */
	__u64 reserved_too[6];
};
SL_ASSERT_SIZE(struct sl_gc_cursor, 128);

#define SL_GC_CURSORS 2 /* IPv4, IPv6 */
#define SL_GC_CURSOR_OF(family) ((family) == 6)

struct sl_flow_count {
	SL_SHIFT
	__u64 made, ended;
};

/*
 * A place in half_open: the slot's word in the high half, then SL_PLACE_IPV6 and its number. Whoever
 * became established or ended has another word by then. The first half of the places is for flows from
 * outside, whose sources may be invented, the other half for the rest: neither pushes out the other.
 */
#define SL_PLACE_IPV6 0x80000000u

/* As the packets of the flow arrive there, after translation. */
struct sl_target {
	struct sl_addr address;
	__be16 port;
	__u16 vrf;
};
SL_ASSERT_SIZE(struct sl_target, 20);

#define SL_MAX_TARGETS 131072 /* of all forwards with a limit; a document with more is refused */
