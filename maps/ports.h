/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which ports are free. nat_outside is the authority (mapping.h); all of this makes the search for one
 * cheap, and is put right where it is found wrong.
 *
 * port_chunks:   hash, (VRF, outside address, protocol, 4096 ports) -> which of them cannot be had.
 * path_counts:   how long searches were (counters.h).
 * resting_ports: array, a ring as large as nat_outside: ports of ended mappings, in the order of their end.
 * sl_gc_cursor.resting (slots.h): the ends of that ring.
 * host_mappings: hash, inside host of a masquerade -> __u32, how many mappings it has, and flows that share a port.
 * port_crowds:   LRU hash, (VRF, outside address, protocol, peer, 4096 ports) -> which of them are in use towards
 *                this peer. Only where ports are had towards one destination each, and are found to be taken there.
 */
#pragma once

#include "mapping.h"

#define SL_CHUNK_PORTS 4096
#define SL_CHUNK_WORDS (SL_CHUNK_PORTS / 64)

struct sl_chunk_key {
	struct sl_addr address; /* outside */
	__u8 protocol;
	__u8 chunk; /* port / SL_CHUNK_PORTS */
	__u16 vrf;  /* of the address */
};
SL_ASSERT_SIZE(struct sl_chunk_key, 20);

/* Port number n of the chunk is bit n % 64 of word n / 64. */
struct sl_chunk {
	/* no SL_SHIFT: clang adds it before the row is known to be there, which the verifier refuses */
	__u64 used[SL_CHUNK_WORDS];    /* has a row in nat_outside */
	__u64 resting[SL_CHUNK_WORDS]; /* and that one rests */
	__u64 ours[SL_CHUNK_WORDS];    /* a forward or a socket of the gateway has it */
	__u64 ours_seen;               /* generation of the rules << 32 | jiffies: ours is believed for a while */
};
SL_ASSERT_SIZE(struct sl_chunk, 1544);

struct sl_crowd_key {
	struct sl_addr outside, peer;
	__be16 peer_port;
	__u16 vrf; /* of the outside address */
	__u8 protocol;
	__u8 chunk; /* port / SL_CHUNK_PORTS */
	__u16 low;  /* SL_CROWD_FULL: 1: of the ports below 1024, where those are kept apart */
};
SL_ASSERT_SIZE(struct sl_crowd_key, 40);

#define SL_CROWDS 4096

/*
 * Bits as in sl_chunk. Whoever meets a flow sets its bit; the flow's end takes it away.
 * In the row with SL_CROWD_FULL, also with no peer at all, `full`: there was no port a moment ago, for a mapping or
 * towards the peer; `seen` is until when that is believed. In the row with SL_CROWD_POOL, whose `outside` is the inside
 * host: where in the pool its search for an address with a port left towards the peer stopped.
 */
struct sl_crowd {
	/* no SL_SHIFT: clang adds it before the row is known to be there, which the verifier refuses */
	union {
		__u64 taken[SL_CHUNK_WORDS];
		struct {
			__u32 next;   /* how far behind the host's own address, in the pool's order */
			__u32 failed; /* so many addresses one after the other had nothing */
			__u32 until;  /* jiffies: all of them; before that nobody looks again */
		} pool;
		struct {
			__u32 range;  /* first port << 16 | last port; 0: it is not full */
			__u32 wanted; /* jiffies: until then ports are for hosts with few, one of which found none */
			__u32 quiet; /* chunks in which no port rests, one bit each: found out, and ended by one that rests */
		} full;
	};
	__u64 seen; /* generation of the rules << 32 | jiffies: believed for a while */
};
SL_ASSERT_SIZE(struct sl_crowd, 520);
#define SL_CROWD_POOL 0xff /* no chunks */
#define SL_CROWD_FULL 0xfe

struct sl_resting {
	SL_SHIFT
	struct sl_endpoint outside;
	__u32 freed; /* jiffies */
	__u64 turn;  /* place in the line + 1, written last: the row is complete */
};
SL_ASSERT_SIZE(struct sl_resting, 40);

struct sl_host_key {
	struct sl_addr inside; /* IPv6: of the network of 64 bits, the rest 0 */
	__u32 masquerade;      /* number of the rule */
	__u32 vrf;
};
SL_ASSERT_SIZE(struct sl_host_key, 24);
