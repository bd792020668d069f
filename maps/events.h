/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * events: ring buffer of sl_event, written by the packet path and read by the daemon. What does not
 * fit is lost and counted (SL_PATH_EVENTS_LOST in counters.h); it never slows a packet. Its last places are kept: each
 * VRF has a share of them. It is as large as what the mapping table may tell at once asks for, from
 * SL_EVENTS_BYTES to SL_EVENTS_BYTES_AT_MOST.
 * Kinds and fields follow RFC 8158 (section 4.1); no destination is reported (RFC 6888 REQ-12).
 */
#pragma once

#include "layout.h"

enum sl_event_kind {
	SL_EVENT_MAPPING_MADE = 1, /* NAT44 or NAT66 BIB create */
	SL_EVENT_MAPPING_ENDED,    /* BIB delete */
	SL_EVENT_PORTS_EXHAUSTED,  /* no free port of the address; inside is who asked */
	SL_EVENT_HOST_MAPPINGS,    /* the inside host has as many mappings as it may have */
	SL_EVENT_HOST_FLOWS,       /* the host has as many flows as it may have */
	SL_EVENT_TABLE_FULL,       /* the flow table is full; inside is who asked */
	SL_EVENT_HALF_OPEN_FULL,   /* no place among the flows that wait for an answer; inside is who asked */
	SL_EVENT_MAPPINGS_FULL,    /* the mapping table is full; inside is who asked */
	SL_EVENT_TARGET_HALF_OPEN, /* as many half-open connections as its forward allows; inside is the target */
};

struct sl_event {
	__u8 kind;
	__u8 protocol;
	__u16 vrf;
	__u32 object; /* number of the masquerade; 0: none */
	struct sl_addr inside, outside;
	__be16 inside_port, outside_port;
	__u32 count; /* how many of the limit are in use, where there is one */
	__u64 time;  /* CLOCK_BOOTTIME, nanoseconds */
};
SL_ASSERT_SIZE(struct sl_event, 56);

#define SL_EVENTS_BYTES (1 << 20) /* at least: 16,384 places; a power of two */
#define SL_EVENTS_BYTES_AT_MOST (1 << 23)
#define SL_EVENT_PLACE 64   /* bytes: an event and the ring's own header */
#define SL_EVENTS_KEPT 1024 /* of all places, the last ones */
#define SL_EVENTS_SHARE 64  /* of a VRF */
