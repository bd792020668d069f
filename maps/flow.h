/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flows4, flows6: array of homes, pairs of rows. Each direction of a flow has a row, sufficient by itself,
 *     in the home that the hash of its key says, or, where both rows there belong to others, in any other.
 *     So an established packet waits for memory once. The other direction's key is not stored: it is
 *     the translated tuple turned round (sl_flow says all of it).
 * flow_overflow4, flow_overflow6: hash, key -> number of the row, for those that are not at home.
 *
 * Addresses and ports in network byte order, times in jiffies (low 32 bits), rest in host order.
 * The hash is multilinear, with the secrets of sl_config: D. Lemire, O. Kaser, "Strongly universal string
 * hashing is fast", 2014. Nobody who does not know them can choose keys that meet.
 */
#pragma once

#include "config.h"
#include "layout.h"

/*
 * ICMP queries: the request carries its id as source_port, the reply as destination_port; the
 * other is 0. Protocols without ports have 0 in both.
 */
struct sl_flow4_key {
	SL_ORDER(__be32 source;, __be32 destination;)
	SL_ORDER(__be16 source_port;, __be16 destination_port;)
	__u16 vrf;
	__u8 protocol, zero;
};
SL_ASSERT_SIZE(struct sl_flow4_key, 16);

struct sl_flow6_key {
	SL_ORDER(__be32 source[4];, __be32 destination[4];)
	SL_ORDER(__be16 source_port;, __be16 destination_port;)
	__u16 vrf;
	__u8 protocol, zero;
};
SL_ASSERT_SIZE(struct sl_flow6_key, 40);

/* The same for both families; what the slow paths and the daemon talk about. */
struct sl_tuple {
	struct sl_addr source, destination;
	__be16 source_port, destination_port;
	__u16 vrf;
	__u8 protocol;
	__u8 family; /* 4 or 6 */
};
SL_ASSERT_SIZE(struct sl_tuple, 40);

enum sl_flow_state {
	SL_FLOW_HALF_OPEN = 1, /* no answer yet, or TCP handshake not done */
	SL_FLOW_ESTABLISHED,
	SL_FLOW_CLOSING, /* FIN or a valid RST was seen */
	SL_FLOW_OVER,    /* TCP: its backend carries no more; both sides are to be told by a reset, and are not yet */
	SL_FLOW_TOLD,    /* both were */
};

/* Whether a flow in this state has the time of an established one. */
#define SL_FLOW_IS_LONG(state) ((state) == SL_FLOW_ESTABLISHED || (state) == SL_FLOW_OVER)

#define SL_FLOW_NEW_SOURCE (1 << 0)      /* source is translated */
#define SL_FLOW_NEW_DESTINATION (1 << 1) /* destination is translated */
#define SL_FLOW_REPLY (1 << 2)           /* this entry carries the answers */
#define SL_FLOW_TO_HOST (1 << 3)         /* goes to the gateway's stack */
#define SL_FLOW_FROM_HOST (1 << 4)       /* comes from the gateway's stack */
#define SL_FLOW_XDP (1 << 5)             /* the next hop is known and its device takes XDP frames */
#define SL_FLOW_RESOLVED (1 << 6)        /* the MACs below are good */
#define SL_FLOW_MAPPED (1 << 7)          /* holds a reference on a masquerade mapping */
#define SL_FLOW_LINK (1 << 8)            /* the way out has a link header */
#define SL_FLOW_TO_MAPPING (1 << 9)      /* sent to a mapping, and holds a reference on it */
#define SL_FLOW_TAGGED (1 << 10)         /* leaves by a VLAN: with the tags of its interface, by the trunk */
#define SL_FLOW_GUARDED (1 << 11)        /* its target has a limit of half-open flows; original direction only */
#define SL_FLOW_SYNPROXY (1 << 12)       /* began with a SYN cookie: its sequence numbers are translated, see slots.h */
#define SL_FLOW_TUNNEL (1 << 13)         /* leaves by a VXLAN: what has its MAC address says which remote */
#define SL_FLOW_NETWORK (1 << 14)        /* leaves by the tunnel of a network */
#define SL_FLOW_OTHER_FAMILY (1 << 15) /* leaves in the other family (RFC 7915): as source6 where the key is of IPv4 */

/* sl_flow.tcp_flags: what this direction has sent */
#define SL_TCP_SYN_ACK (1 << 0)
#define SL_TCP_FIN (1 << 1)
#define SL_TCP_SYN (1 << 2)   /* with ACK or without */
#define SL_TCP_RST (1 << 3)   /* that closed the flow */
#define SL_TCP_SEEN (1 << 4)  /* tcp_end is known */
#define SL_TCP_ACKED (1 << 5) /* tcp_ack is known */
#define SL_TCP_TOLD (1 << 6)  /* its sender was told by a reset that the flow is over */

/* sl_flow.holds */
#define SL_HOLDS_PEER (1 << 0)  /* a reference in nat_peers */
#define SL_HOLDS_SHARE (1 << 1) /* its port, towards its destination alone: none was left for a mapping */
#define SL_HOLDS_COUNT (1 << 2) /* that share is counted for its host in host_mappings; who takes the bit gives back */
#define SL_HOLDS_QUOTA (1 << 3) /* the host's quota is hard: what was closed is not counted */
#define SL_HOLDS_LOG (1 << 4)   /* the share's begin was reported, and so will be its end */
#define SL_HOLDS_SIGNS \
	(1 << 5) /* nothing; a service leads it, and counts what becomes of it. Both directions have this one */
#define SL_HOLDS_OUTSIDE (1 << 6) /* its account is its target's: it began in a zone where sources may be invented */

struct sl_flow {
	SL_SHIFT
	/* first line: all that an established IPv4 packet needs */
	__be32 source4, destination4;         /* after translation */
	__be16 source_port, destination_port; /* after translation; both families */
	__u8 dmac[6], smac[6];
	__u32 ifindex; /* where it leaves; 0: to the host */
	__u16 mtu;     /* of the way out */
	__u16 flags;
	__u16 limits;        /* row of limit_rows, see limit.h; 0: none */
	__u16 address_delta; /* RFC 1624: sum of new less sum of old, ones' complement */
	__u16 port_delta;
	__u8 state;
	__u8 zone;            /* where its packets must come from */
	__u32 version;        /* sl_config.version that it was last checked against */
	__u32 stamp;          /* last seen, and next hop last looked up; to a second */
	__u64 packets, bytes; /* a lost update between CPUs is possible, by design */
	/* second line: IPv6 addresses and what is seldom needed */
	__be32 source6[4], destination6[4]; /* after translation */
	__u32 tcp_ack; /* highest acknowledgement sent in this direction; until there is one: us of the SYN, then of its SYN-ACK */
	__u32 tcp_end;  /* highest sequence number sent in this direction, plus one */
	__u8 tcp_scale; /* of the windows offered in this direction (RFC 7323) */
	__u8 tcp_flags; /* SL_TCP_* */
	__u8 zone_out;
	__u8 holds;        /* SL_HOLDS_* (original direction only) */
	__u32 policy;      /* number of the policy or forward that admitted it; 0: default */
	__u32 nat;         /* number of the masquerade, static mapping or forward; 0: none */
	__u16 ifindex_in;  /* where the first packet came in */
	__u16 vrf;         /* that its packets leave into; they come from that of the key */
	__u16 outside_vrf; /* of the address that its source gets */
	__u16 view;        /* VRF in which its destination was asked for */
	__u32 slot;        /* its number in flow_slots4 or flow_slots6; 0: none yet */
};
SL_ASSERT_SIZE(struct sl_flow, 128);

/*
 * Both directions of a flow, as the daemon gives them to the garbage collector to be put into the tables. Of one that
 * began with a SYN cookie `tcp_ack` of the original direction is what its slot will have as `delta`: it gets a slot
 * when the collector adopts it, and its packets do not pass before.
 */
struct sl_flow_pair {
	struct sl_tuple original, reply;
	struct sl_flow original_flow, reply_flow;
};

/*
 * A home: two rows, and in front of them all that a lookup has to see, in one cache line in IPv4.
 *
 * The word of a row is changed in one piece, by compare and exchange. Who reads a row while it changes
 * owners finds out by the word, which is another one then. Row `n` is in home n / 2.
 */
union sl_row_word {
	__u64 whole;
	struct {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		__u32 state; /* SL_ROW_*, in the low half */
		__u32 hash;  /* of the key */
#else
		__u32 hash, state;
#endif
	} part;
};

struct sl_home {
	union sl_row_word word[2];
	__u32 overflow; /* how many entries have their home here and lie elsewhere */
	__u32 zero;
};
#define SL_ROW_FREE 0
#define SL_ROW_BUSY 1 /* it is being written, or about to be free */
#define SL_ROW_TAKEN 2
#define SL_ROW_STATE 3
#define SL_ROW_TURN (1 << 2) /* added for each owner */

struct sl_home4 {
	struct sl_home head;
	struct sl_flow4_key key[2];
	__u64 zero;
	struct sl_flow flow[2];
};
SL_ASSERT_SIZE(struct sl_home4, 320);

struct sl_home6 {
	struct sl_home head;
	struct sl_flow6_key key[2];
	__u64 zero[3];
	struct sl_flow flow[2];
};
SL_ASSERT_SIZE(struct sl_home6, 384);

/* For so many entries: with a fifth of the rows free, a try at random finds one. */
#define SL_HOMES_FOR(entries) (((__u64)(entries)*5 + 7) / 8)
/* In a full table where entries come and go two of three are away from home; with half as many one of five. */
#define SL_OVERFLOW_FOR(entries) (entries)

/* A key is seen as what it is and as words, as they lie in memory. */
#define SL_MAY_ALIAS __attribute__((may_alias))
typedef __u32 SL_MAY_ALIAS sl_key_word;
#define SL_KEY_WORDS(type) ((int)(sizeof(type) / sizeof(sl_key_word)))
#define SL_INLINE static inline __attribute__((always_inline))

SL_INLINE __u32 sl_flow_hash(const __u64 *secret, const void *key, int words)
{
	const sl_key_word *word = (const sl_key_word *)key;
	__u64 sum = secret[0];
	int i;

	for (i = 0; i < words; i++)
		sum += secret[i + 1] * word[i];
	return (__u32)(sum >> 32);
}

SL_INLINE __u32 sl_flow_home(__u32 hash, __u32 homes)
{
	return (__u32)(((__u64)hash * homes) >> 32);
}
