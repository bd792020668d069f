/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fragments: LRU hash, one row for each datagram in pieces whose first piece a flow has admitted.
 * No live state: what is evicted costs one datagram.
 * frag_queues: array of SL_FRAG_QUEUES, pieces that wait: for their first one, or until all of their datagram are there. Eight
 * for each group of interfaces, and among those by source.
 * queued_bytes: array, index = queue * SL_FRAG_QUEUE_PLACES + place: those pieces from the IP header on.
 * Addresses, ports and ids in network byte order, times in jiffies, rest in host order.
 */
#pragma once

#include "layout.h"

#define SL_FRAGMENT_ROWS 8192
#define SL_FRAGMENT_WORDS 128 /* of 64 units of 8 bytes: the largest datagram has 8192 */

/* RFC 791 and RFC 8200 section 4.5: IPv6 tells datagrams apart without the protocol, which is 0 here. */
struct sl_fragment_key {
	struct sl_addr source, destination;
	__u32 id;
	__u16 vrf;
	__u8 protocol, zero;
};
SL_ASSERT_SIZE(struct sl_fragment_key, 40);

#define SL_FRAGMENT_POISONED (1 << 0) /* pieces overlapped (RFC 5722): nothing of it passes any more */
#define SL_FRAGMENT_NEW_ID (1 << 1)   /* its pieces leave with new_id (RFC 6864) */
#define SL_FRAGMENT_HELD (1 << 2)     /* its pieces wait until all are there */
#define SL_FRAGMENT_OPEN (1 << 3)     /* counted in budgets until all have passed */
#define SL_FRAGMENT_UNSURE (1 << 4)   /* the receiver may not get or take a piece that has passed */

struct sl_fragment {
	SL_SHIFT
	__be16 source_port, destination_port; /* of its flow's key */
	__be16 new_id;
	__u8 protocol; /* of its flow's key */
	__u8 flags;
	__u32 stamp;                       /* when the first piece came */
	__u32 seen;                        /* how many units have passed */
	__u32 end;                         /* behind the last unit that has passed */
	__u32 total;                       /* units of the whole datagram; 0: the last piece has not passed */
	__u16 open_source, open_interface; /* rows of budgets + 1, with SL_FRAGMENT_OPEN; 0: not counted there */
	__u8 ttl;                          /* of the first piece */
	__u8 zero[3];
	__u64 units[SL_FRAGMENT_WORDS];
};
SL_ASSERT_SIZE(struct sl_fragment, 1056);

#define SL_FRAG_QUEUE_GROUPS 8   /* of interfaces in their VRF */
#define SL_FRAG_QUEUES_A_GROUP 8 /* of sources */
#define SL_FRAG_QUEUES (SL_FRAG_QUEUE_GROUPS * SL_FRAG_QUEUES_A_GROUP)
#define SL_FRAG_QUEUE_PLACES 128 /* in each: what one source can have waiting at most */
#define SL_QUEUED_BYTES 2048     /* of a piece */

enum sl_queued_state {
	SL_QUEUED_FREE,
	SL_QUEUED_BUSY, /* a CPU writes or reads it */
	SL_QUEUED_WAITS,
};

struct sl_queued {
	struct sl_fragment_key key;
	__u32 state;
	__u32 ifindex; /* where it came in */
	__u32 stamp;
	__u32 bytes;
	__u16 slot; /* of the interface's counters */
	__u16 held; /* waits for the rest of its datagram; 0: for the first piece */
	__u32 turn; /* of the queue's `next`, when it came */
};
SL_ASSERT_SIZE(struct sl_queued, 64);

struct sl_frag_queue {
	SL_SHIFT
	__u32 used; /* places that are not free */
	__u32 next; /* modulo SL_FRAG_QUEUE_PLACES: near the oldest, when all are taken */
	__u32 zero[14];
	struct sl_queued place[SL_FRAG_QUEUE_PLACES];
};
SL_ASSERT_SIZE(struct sl_frag_queue, 64 + 64 * SL_FRAG_QUEUE_PLACES);

struct sl_queued_bytes {
	__u8 at[SL_QUEUED_BYTES];
};
