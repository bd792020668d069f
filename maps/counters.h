/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * iface_counters: per-CPU array, index = interface slot.
 * drop_counters:  per-CPU array, index = interface slot; a count for each enum sl_drop_reason.
 * object_counters: array, index = number of a named rule (see rules.h), added to atomically at the
 *                  start and at the end of a flow: the live flows' own counters come on top.
 * endpoint_counters: hash, number of an endpoint of a network (SL_OBJECT_ENDPOINT in rules.h). The daemon makes its rows. Packets
 *                  that a device merged are one, as everywhere here.
 * path_counts:    per-CPU array of __u64, index = enum sl_path_count.
 * Units: packets, and bytes from the start of the IP header.
 */
#pragma once

#include "drop_reasons.h"
#include "layout.h"

#define SL_SEARCH_ROWS 12

/* What is counted of the path itself, and of no packet. One table for all of it: a program may use 64 (docs/decisions/0037). */
enum sl_path_count {
	/*
	 * How many searches for a port had to look at how many words of 64 ports: row 0 none (the port of the inside endpoint was
	 * free), row n from 2^(n-1) to 2^n - 1.
	 */
	SL_PATH_SEARCHES,
	SL_PATH_EVENTS_LOST = SL_SEARCH_ROWS, /* that found no room in the ring (events.h) */
	SL_PATH_HANDED_OVER,                  /* packets that went to the node of the cluster that leads (handover.h) */
	SL_PATH_TAKEN,                        /* packets that another node handed over */
	SL_PATH_COUNTS,
};

/* How a packet left the fast path. Every packet ends in exactly one of them, those that are put off later. */
enum sl_verdict {
	SL_V_NEXT = 0,  /* not an end: the next stage takes over */
	SL_V_FORWARDED, /* sent on by sluice */
	SL_V_TO_HOST,   /* accepted for the gateway's own stack */
	SL_V_FROM_HOST, /* the gateway's own packet, let out */
	SL_V_DROPPED,   /* with a reason in drop_counters */
	SL_V_ANSWERED,  /* dropped with an answer (ICMP error, TCP reset); counted as dropped too */
	SL_V_IGNORED,   /* not IP, or not sent to this machine: left to the kernel as it is */
	SL_V_HANDED_ON, /* XDP only: passed unchanged to tc, which counts it */
	SL_V_PUT_OFF,   /* tc only: waits, or comes again (also in pieces), and is counted then */
	SL_V_TO_TRUNK,  /* tc only: left a VLAN that the kernel knows nothing of, and was counted there */
	SL_V_COUNT,
};

/*
 * What an interface counts. A counter that is added here is summed, shown as JSON, and missed in docs/api.md by a
 * test. handed_on: by XDP to tc; these packets are counted again in one of the others.
 */
#define SL_IFACE_COUNTERS(X) \
	X(rx_packets)        \
	X(rx_bytes)          \
	X(forwarded_packets) \
	X(forwarded_bytes)   \
	X(to_host_packets)   \
	X(to_host_bytes)     \
	X(from_host_packets) \
	X(from_host_bytes)   \
	X(dropped_packets)   \
	X(dropped_bytes)     \
	X(ignored_packets)   \
	X(handed_on_packets)

/* How long something took: bucket n counts what took less than 2^n units, and not less than 2^(n-1). */
#define SL_TIME_BUCKETS 32

struct sl_times {
	__u64 bucket[SL_TIME_BUCKETS];
	__u64 sum; /* units */
};

struct sl_iface_counters {
	SL_SHIFT
#define X(name) __u64 name;
	SL_IFACE_COUNTERS(X)
#undef X
	struct sl_times
		connect; /* microseconds that those behind it took to answer a SYN or a SYN-ACK (bpf/flow/connect_time.h) */
	struct sl_times
		forward; /* nanoseconds in a program, of packets that came in by it and were sent on; of 1 jiffy in 1,024 */
};
SL_ASSERT_SIZE(struct sl_iface_counters, 624);

struct sl_count {
	__u64 packets, bytes;
};

/* One row and not one for each reason: the kernel makes the rows of such a table one by one, when it is loaded. */
struct sl_drops {
	SL_SHIFT
	struct sl_count reason[SL_DROP_LIMIT];
};
SL_ASSERT_SIZE(struct sl_drops, 1024);

#define SL_MAX_ENDPOINTS 65536

struct sl_endpoint_count {
	SL_SHIFT
	struct sl_count from, to; /* what was carried: its own packets, and packets for it */
	struct sl_drops dropped;  /* the same, both directions */
	struct sl_times connect;  /* as of an interface */
};
SL_ASSERT_SIZE(struct sl_endpoint_count, 1320);

struct sl_object_count {
	SL_SHIFT
	__u64 flows, packets, bytes;
	__u64 ended; /* `flows` less this is how many there are; modulo 2^64, because a rule takes over flows of another */
	/* Of a backend of a service, what new connections to it came to. They run over. */
	__u32 asked;     /* connections of TCP that began */
	__u32 answered;  /* by a SYN-ACK, or flows of UDP by a datagram */
	__u32 refused;   /* by a reset in place of that, by "unreachable", or because no route leads there */
	__u32 answer_us; /* from SYN to SYN-ACK, of the last connection that took one SYN; microseconds */
};
SL_ASSERT_SIZE(struct sl_object_count, 48);
