/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Limits of packets or bits per second. Which of them concern a flow is found with its first packet, by bit
 * vectors as with policies (rules.h), and kept in the flow as the number of a row. In two generations:
 *
 * limits:          array, one row for each limit of the document
 * limit_bits:      array, class -> the limits that go with it. Class n is zone n as where a flow goes to; the
 *                  header, the interfaces and the tables below name the others.
 * prefixes:        LPM trie, SL_PREFIX_LIMIT_SOURCE and SL_PREFIX_LIMIT_DESTINATION (rules.h)
 * limit_service:   LPM trie by sl_service_key
 * limit_forwards:  hash, number of a forward -> class
 * limit_sets:      hash, the limits that are left when all classes are asked -> row of limit_rows
 * limit_rows:      array, row 0 stands for none
 *
 * And the state, by numbers that stay the same as long as the name is in use:
 *
 * limit_buckets:   hash, (limit, whom it counts) -> sl_bucket. A bucket that is full again may be removed.
 *                  Each limit has so many and no more: who fills those of one takes none from another.
 * limit_shared:    array, index = sl_limit.passed: the bucket of limits that do not tell anybody apart, and of
 *                  those who found no room in limit_buckets; and how many rows the limit has there
 */
#pragma once

#include "layout.h"

#define SL_MAX_LIMITS 256       /* bits of a set; the document has one less at most */
#define SL_LIMITS_PER_FLOW 4    /* in each direction */
#define SL_MAX_BUCKETS 65536    /* of all limits together */
#define SL_NO_CLASS 0xffffffffu /* no limit goes with it */

struct sl_limit_set {
	__u64 word[SL_MAX_LIMITS / 64];
};
SL_ASSERT_SIZE(struct sl_limit_set, 32);

/* Rows of limits, + 1; 0 behind the last. */
struct sl_limit_row {
	__u16 original[SL_LIMITS_PER_FLOW], reply[SL_LIMITS_PER_FLOW];
};
SL_ASSERT_SIZE(struct sl_limit_row, 16);

enum sl_limit_key_kind {
	SL_KEY_RULE, /* everybody has the limit together */
	SL_KEY_SOURCE,
	SL_KEY_DESTINATION,
	SL_KEY_FLOW,
	SL_KEY_VRF,
	SL_KEY_ENDPOINT, /* of a network, by the number of its object; whoever has none is one more */
};

/* Time is counted in 64ths of a nanosecond: a byte at 100 Gbit/s is five of them. */
#define SL_LIMIT_TIME_SHIFT 6
#define SL_LIMIT_MULTIPLIER_BITS 43 /* times the largest packet of a device, 2^19 bytes, it fits 64 */

struct sl_limit {
	__u64 burst;      /* how far ahead of now a bucket may be, time */
	__u64 multiplier; /* a packet or a byte costs multiplier / 2^shift of time */
	__u8 shift;
	__u8 flags;             /* SL_LIMIT_* */
	__u8 key;               /* enum sl_limit_key_kind */
	__u8 dscp;              /* for what exceeds, with SL_LIMIT_MARKS */
	__u32 passed, exceeded; /* numbers of the objects that count; the first is the limit's own */
	__be32 mask4, mask6[4]; /* of addresses in the key */
	__u32 rooms;            /* how many rows of limit_buckets it may have */
	__u32 zero;
};
SL_ASSERT_SIZE(struct sl_limit, 56);
#define SL_LIMIT_BYTES (1 << 0) /* bytes are counted and not packets */
#define SL_LIMIT_MARKS (1 << 1) /* what exceeds is marked and not dropped */
#define SL_LIMIT_LATE (1 << 2)  /* is asked when the flow has been made, also for its first packet */
#define SL_LIMIT_THERE (1 << 3) /* the endpoint is whom the flow was begun with, and not who began it */

struct sl_limit_key {
	SL_ORDER(__u32 limit;, __u32 slot;) /* sl_limit.passed; of the flow, where flows are counted */
	struct sl_addr address;
};
SL_ASSERT_SIZE(struct sl_limit_key, 24);

/*
 * A bucket as a virtual clock (the generic cell rate algorithm, ITU-T I.371 annex A): one number says it all,
 * so it is changed by one compare and swap.
 */
struct sl_bucket {
	SL_SHIFT
	__u64 full_at; /* when it will be full, if nobody takes from it; CLOCK_MONOTONIC << SL_LIMIT_TIME_SHIFT */
	/* Of buckets of bytes, what TCP that pays here may have on its way (bpf/limit/receive_window.h). */
	__u64 since;  /* when the measurement began that is under way, as full_at */
	__u64 mark;   /* full_at then, or `since` where that was later */
	__u32 former; /* window before that; from there it glides, within one measurement */
	__u32 window; /* bytes that each connection may have in flight; 0: as many as its receiver takes */
	/* And who has had most of it, while it is in use (bpf/limit/fair.h). */
	__u64 others; /* when a flow paid that was not `most`, as full_at */
	__u32 most;   /* slot of the flow; 0: nobody yet */
	__u32 ahead;  /* what it paid more than all others, time >> SL_LIMIT_AHEAD_SHIFT */
};
SL_ASSERT_SIZE(struct sl_bucket, 48);
#define SL_LIMIT_AHEAD_SHIFT 16 /* some microseconds are enough for that */

struct sl_limit_shared {
	SL_SHIFT
	struct sl_bucket bucket;
	__s32 rows; /* of this limit in limit_buckets */
	__u32 zero;
};
SL_ASSERT_SIZE(struct sl_limit_shared, 56);

/* sl_rules_header.limits */
#define SL_LIMITS_ANY (1 << 0)
#define SL_LIMITS_BY_SOURCE (1 << 1)
#define SL_LIMITS_BY_DESTINATION (1 << 2)
#define SL_LIMITS_BY_SERVICE (1 << 3)
#define SL_LIMITS_BY_FORWARD (1 << 4)
