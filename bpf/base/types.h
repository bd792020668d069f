/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every file of the fast path uses: types, the packet record, and the shape of a stage. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"

#define AF_INET 2
#define AF_INET6 10
#define LOOPBACK_IFINDEX 1
/* What tables answer; kept in an int: Linux 6.1 forgets the sign of what a long has room for. */
#define EEXIST_RC (-17)
#define E2BIG_RC (-7)
#define EBUSY_RC (-16)
#define ENOENT_RC (-2)

#ifndef memcpy
#define memcpy(to, from, n) __builtin_memcpy((to), (from), (n))
#define memset(to, c, n) __builtin_memset((to), (c), (n))
#endif

#define swap(a, b)                   \
	do {                         \
		typeof(a) t__ = (a); \
		(a) = (b);           \
		(b) = t__;           \
	} while (0)

/* One type per layer's protocol: a comparison across layers does not compile. */
struct eth_type {
	__be16 be;
};

/* A verdict is not a drop reason and not a helper's return code. */
typedef enum sl_verdict verdict;

/* What is known of a packet. Offsets, not pointers: nothing here is invalidated by a helper. */
struct pkt {
	union {
		struct sl_flow4_key v4;
		struct sl_flow6_key v6;
	} key;
	__u32 ifindex;
	__u32 version;        /* of the rules, read once */
	__u32 now;            /* jiffies */
	__u32 began;          /* ns, of packets whose time in here is taken; 0: of others */
	__u32 bytes;          /* from the start of the IP header */
	__u16 l3_off, l4_off; /* from the start of the frame */
	__u16 segment;        /* largest IP packet that this buffer stands for (GSO), bytes */
	__u16 check_off;      /* of the L4 checksum, from the start of L4; 0: none to keep right */
	__u16 is;             /* PKT_* */
	__u16 zone, slot, vrf;
	__u16 dev;   /* flags of the interface that it came in by */
	__u8 family; /* 4, 6; 0: not IP */
	__u8 protocol;
	__u8 ttl;
	__u8 tcp_flags;
	__u8 tcp_scale; /* from the options of a SYN */
	__u8 icmp_type, icmp_code;
	__u8 reason; /* enum sl_drop_reason */
	__u8 answer; /* ANSWER_* to send with the drop */
	__u8 tunnel; /* TUNNEL_* of the outer packet or the frame that it came in */
	__u32 action; /* what the hook returns, when the verdict leaves a choice; SL_V_IGNORED: device that gets it, or 0 */
	__u32 tcp_seq, tcp_ack;
	__u32 tcp_end; /* tcp_seq and the bytes of data: what comes next, but for SYN and FIN */
	__u16 mtu_in, mtu_out;
	union {
		__u32 fragment_id; /* host has no use for its order; see fragment/datagram.h */
		__u32 left_by;     /* the device, of what was forwarded */
	};
	__u16 piece_off; /* where the payload of a fragment starts, from the start of the frame */
	__u16 piece_at;  /* where it belongs in the datagram, in units of 8 bytes */
	__u16 hz;
	__u16 captured; /* bits of the captures that took it as it came, see maps/capture.h */
};

#define PKT_PORTS (1 << 0)          /* ports or a query id are in the key, and may be rewritten */
#define PKT_FIRST_FRAGMENT (1 << 1) /* more pieces follow */
#define PKT_LATER_FRAGMENT (1 << 2) /* no L4 header */
#define PKT_ICMP_ERROR (1 << 3)
#define PKT_ICMP_QUERY (1 << 4)
#define PKT_ICMP_REPLY (1 << 5)
#define PKT_ICMP_OTHER (1 << 6)   /* ICMP that is neither a query nor an error */
#define PKT_MAY_FRAGMENT (1 << 7) /* IPv4 without DF */
#define PKT_LINK_MANY (1 << 8)    /* link-layer broadcast or multicast */
#define PKT_MULTICAST (1 << 9)    /* IP multicast or broadcast destination */
#define PKT_ESSENTIAL (1 << 10)   /* keeps the link itself working: neighbour discovery, DHCP client */
#define PKT_TO_NETWORK (1 << 11)  /* leaves by the tunnel of a network: `towards` in the working memory says to whom */
#define PKT_MORE (1 << 12)        /* a fragment that is not the last */
#define PKT_PIECE (PKT_FIRST_FRAGMENT | PKT_LATER_FRAGMENT)
#define PKT_TCP (1 << 13)      /* has a TCP header */
#define PKT_UNLIKELY (1 << 14) /* TCP that neither side can have sent: changes and refreshes nothing */
#define PKT_OPENS (1 << 15)    /* a SYN that the flow believes */

#define TUNNEL_INSIDE (1 << 0)    /* the outer headers lie in front of l3_off */
#define TUNNEL_CONGESTED (1 << 1) /* it was marked so on its way (RFC 3168) */
#define TUNNEL_LED (1 << 2)       /* another node of the cluster handed it over */

enum {
	ANSWER_NONE,
	ANSWER_TIME_EXCEEDED,
	ANSWER_TOO_BIG,
	ANSWER_UNREACHABLE,
	ANSWER_REJECT,
	ANSWER_ENQUEUE,   /* no answer: it waits for its first piece (tc) */
	ANSWER_PIECES,    /* no answer: it goes on in pieces (tc) */
	ANSWER_COOKIE,    /* a SYN that its target has no room for (tc) */
	ANSWER_ACK,       /* no answer: a target's SYN-ACK is acknowledged (tc) */
	ANSWER_HAND_OVER, /* no answer: it goes to the node of the cluster that leads (tc) */
	ANSWER_PARAMETER, /* a source that cannot be translated (RFC 6296 section 3.5) */
};

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define TCP_CONTROL (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)

#define ctx_pointer(ctx, off)                                                             \
	({                                                                                \
		void *at__;                                                               \
		asm volatile("%0 = *(u32 *)(%1 + %2)" : "=r"(at__) : "r"(ctx), "i"(off)); \
		at__;                                                                     \
	})

/* The way of a packet is a list of these. */
#define STAGE(call)                   \
	do {                          \
		verdict v__ = (call); \
		if (v__ != SL_V_NEXT) \
			return v__;   \
	} while (0)

#define STAGE_EXCEPT(good, call)      \
	do {                          \
		verdict v__ = (call); \
		if (v__ != (good))    \
			return v__;   \
	} while (0)

static __always_inline verdict drop(struct pkt *p, enum sl_drop_reason reason)
{
	p->reason = reason;
	return SL_V_DROPPED;
}

static __always_inline verdict drop_with_answer(struct pkt *p, enum sl_drop_reason reason, __u8 answer)
{
	p->answer = answer;
	return drop(p, reason);
}
