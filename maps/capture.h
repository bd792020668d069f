/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * capture_rings: array of perf rings, index = SL_CAPTURE_CPUS * capture + CPU. While a capture runs (sl_config.capturing)
 * every packet is written there twice: as it came, and as it left with what became of it. What finds no room is
 * lost and counted by the ring, and never slows a packet. Each record is an sl_captured and `copied` bytes of the frame.
 *
 * Behind these there is one more ring for each CPU. While the daemon hears (sl_config.told_until), a flow that becomes
 * established is told there, by the struct sl_tuple of its original direction. What finds no room is lost: a look at all
 * flows has it.
 */
#pragma once

#include "layout.h"

#define SL_CAPTURES 4                                 /* that run at once */
#define SL_CAPTURE_CPUS 1024                          /* packets of further ones are not captured */
#define SL_TOLD_RINGS (SL_CAPTURES * SL_CAPTURE_CPUS) /* the first of the last ones */
#define SL_PACKET_RINGS (SL_TOLD_RINGS + SL_CAPTURE_CPUS)
#define SL_CAPTURE_MOST 65000 /* bytes of a frame: a record's length has 16 bits */
#define SL_CAPTURE_TIME_SHIFT 30
#define SL_CAPTURE_TIMES 3 /* of these units: without a word of the daemon a capture is over then */

/* Who captures: a bit of sl_config.capturing each. */
struct sl_capture {
	__u32 until;   /* CLOCK_MONOTONIC, in units of 2^SL_CAPTURE_TIME_SHIFT ns */
	__u32 snaplen; /* bytes of a frame, 1 to SL_CAPTURE_MOST */
};

enum sl_captured_point {
	SL_CAPTURED_IN = 1, /* as it came; what the gateway itself sends, as it would leave */
	SL_CAPTURED_OUT,    /* what became of it; the frame only where it left as another one */
};

enum sl_captured_hook { SL_CAPTURED_TC = 1, SL_CAPTURED_XDP, SL_CAPTURED_EGRESS };

struct sl_captured {
	__u64 packet;     /* when it came: the same in both records of a packet, and of no other of this CPU */
	__u64 time;       /* CLOCK_MONOTONIC, nanoseconds */
	__u32 ifindex;    /* where it came in, or leaves; 0: nowhere */
	__u32 length;     /* of the whole frame */
	__u32 copied;     /* bytes of it that follow */
	__u32 policy;     /* number of what decided: a policy, or a forward that admits; 0: none */
	__u32 nat;        /* number of what translates; 0: none */
	__u32 limit;      /* number of the limit that had no room for it; 0: none */
	__u32 ifindex_in; /* the logical interface that it came in by, and that it left by; 0: none */
	__u32 ifindex_to;
	__u16 zone, zone_out;
	__u16 vrf, vrf_out;
	__be16 tag_protocol; /* of the tag beside the frame; 0: none */
	__u16 tag;
	__u16 l3_off; /* where its IP header was, from the start of the frame that came */
	__u16 flags;  /* SL_FLOW_* */
	__u8 point;   /* enum sl_captured_point */
	__u8 hook;    /* enum sl_captured_hook */
	__u8 verdict; /* enum sl_verdict */
	__u8 reason;  /* enum sl_drop_reason */
	__u8 tunnel;  /* 1: it came inside a tunnel, and l3_off lies behind the outer headers */
	__u8 asked;   /* enum sl_asked: how far it was judged; where its flow was known, all of it */
	__u8 zero[2];
};
SL_ASSERT_SIZE(struct sl_captured, 72);
