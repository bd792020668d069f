/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rules. Each table is an array of two maps, one per generation: sl_config.version says which
 * is in force, so that no packet sees half of a change. Rules are looked up for first packets only.
 *
 * Policies are classified by bit vectors (T. V. Lakshman, D. Stiliadis, "High-speed policy-based
 * packet forwarding using efficient multi-dimensional range matching", SIGCOMM 1998): each dimension
 * maps a packet to a class by one longest-prefix match, each class has a bit per policy, and the
 * lowest bit set in all of them is the first policy that matches. Which chunks of 512 policies to look
 * at is told by a summary of each class (F. Baboescu, G. Varghese, "Scalable packet classification",
 * SIGCOMM 2001).
 */
#pragma once

#include "layout.h"

enum sl_action {
	SL_ACCEPT,
	SL_DROP,
	SL_REJECT,
	SL_NEVER, /* between zones: nothing passes, whatever would admit it */
};

enum sl_object_kind {
	SL_OBJECT_POLICY = 1,
	SL_OBJECT_MASQUERADE,
	SL_OBJECT_STATIC,
	SL_OBJECT_FORWARD,
	SL_OBJECT_LIMIT,          /* counts what a limit let pass */
	SL_OBJECT_LIMIT_EXCEEDED, /* and what exceeded it, by the same name */
	SL_OBJECT_ENDPOINT,       /* of a network, "home/phone": counted in endpoint_counters */
	SL_OBJECT_SERVICE,        /* whose `flows` are the turns that were taken */
	SL_OBJECT_BACKEND,        /* of a service, with the underlay of its address: "web/vm7/wireguard" */
};

/* object_names: hash, number -> what it is. Numbers stay the same as long as the name is in use. */
struct sl_object_name {
	SL_SHIFT
	__u8 kind;
	char name[127]; /* without a NUL where it is as long as that */
};

/* sl_rules_header.dimensions */
#define SL_BY_SOURCE (1 << 0)
#define SL_BY_DESTINATION (1 << 1)
#define SL_BY_SERVICE (1 << 2)
#define SL_OUTSIDE_IS_LOCAL \
	(1 << 3) /* all outside addresses of masquerades are in local_addr: mappings have no other */

/* policy_source, policy_dest, policy_service: which policies a value may match */
struct sl_policy_class {
	__u32 row;    /* the first of its rows in policy_bits */
	__u32 chunks; /* bit n: some policy of chunk n, and there is a row; 0: no policy at all */
};
SL_ASSERT_SIZE(struct sl_policy_class, 8);

/* zone_pairs: array */
struct sl_zone_pair {
	__u32 action; /* when no policy matches */
	struct sl_policy_class policies;
	__u32 masquerade4; /* row of masquerades + 1; 0: none. Else the source zone is hidden from the other */
	__u32 masquerade6;
	__u32 nat64; /* row of masquerades + 1: what leads IPv6 of the one zone to IPv4 of the other (RFC 6146); 0: nothing */
};
SL_ASSERT_SIZE(struct sl_zone_pair, 24);

/*
 * policy_source, policy_dest: tag = family, because over mapped addresses ::/0 contains all of IPv4.
 * local_addr, static_in, static_out: tag = VRF.
 * prefixes: tag = SL_PREFIX_TAG. One table for several things, because a program may use 64 maps (docs/decisions/0037).
 */
struct sl_prefix_key {
	__u32 prefixlen; /* 32 for the tag + 0..128 of the mapped address */
	__u32 tag;
	struct sl_addr address;
};
SL_ASSERT_SIZE(struct sl_prefix_key, 24);

/* What a row of prefixes is, of which number, and its value. */
enum sl_prefix_kind {
	SL_PREFIX_SET,               /* a member of a set; 1 */
	SL_PREFIX_THROUGH,           /* what a VRF's own routes say nothing about; the VRF whose routes count */
	SL_PREFIX_LIMIT_SOURCE,      /* of limits, number 0; a class (limit.h) */
	SL_PREFIX_LIMIT_DESTINATION, /* the same */
	SL_PREFIX_ENDPOINT,          /* of the endpoints in this VRF, own or behind it; the number of its object */
	SL_PREFIX_NAT64,             /* /96 in front of IPv4 addresses, of the zone of this number (RFC 6052); 1 */
};

#define SL_PREFIX_TAG(kind, number, family) ((__u32)(kind) << 29 | (__u32)(number) << 1 | ((family) == 6))

/* policy_service: protocol, then destination port for protocols that have one */
struct sl_service_key {
	__u32 prefixlen; /* 0, 8 (whole protocol), 16..32 */
	__u8 protocol, zero;
	__be16 port;
};
SL_ASSERT_SIZE(struct sl_service_key, 8);

/* policy_bits: array. Of each class the chunks that have a bit, one after another; bit n of a chunk is its policy n */
struct sl_policy_bits {
	__u64 word[8];
};
#define SL_ROW_OF_ALL 0 /* all bits of all chunks: what a dimension says in which no policy differs */

/* policy_rules: array, index = bit */
struct sl_policy_rule {
	__u32 action;
	__u32 object;
};

/* forwards: LPM trie; the port is last so that ranges become few rows */
struct sl_forward_key {
	__u32 prefixlen; /* 160 fixed + 0..16 of the port */
	__u16 vrf;
	__u8 protocol, zero;
	struct sl_addr address;
	__be16 port;
	__u16 pad;
};
SL_ASSERT_SIZE(struct sl_forward_key, 28);
#define SL_FORWARD_FIXED_BITS 160

struct sl_forward {
	struct sl_addr to;
	__u16 first_port; /* of the rule's outside range, host order */
	__u16 to_port;    /* where first_port goes, host order */
	__u16 last_port;  /* of the outside range, host order */
	__u16 zero;
	__u32 object;
	__u32 source_set; /* number of the set; 0: everybody */
	__u16 zone;       /* of the interface that carries the listening address */
	__u16 vrf;        /* of the inside address */
	__u32 ifindex;    /* of that interface */
	__u32 half_open;  /* flows of TCP that may be half open towards each target; 0: any number */
	__u32 flags;      /* SL_FORWARD_* */
	/* Of a service, which leads each flow to one of several targets, and not to `to`: */
	__u32 backends; /* its first row of the table of that name */
	__u32 members;  /* how many rows of backends it has */
	__u32 turns;    /* how many turns the rows behind them have; 0: nobody takes new flows */
	__u32 balance;  /* enum sl_balance */
	/* In front of an IPv4 source that goes on to an IPv6 backend (RFC 6052, /96); 0: the gateway's address in its place */
	__be32 source_prefix[3];
	__u32 sticky_for; /* of SL_BALANCE_SOURCE: seconds that a source is remembered for (sticky.h); 0: it is not */
};
SL_ASSERT_SIZE(struct sl_forward, 80);
#define SL_FORWARD_SYN_COOKIES (1 << 0) /* SYNs beyond that are answered by cookies */
#define SL_FORWARD_SERVICE (1 << 1)     /* `object` counts its turns, and the backend's what it carries */

/* How a service chooses the backend of a new flow. */
enum sl_balance {
	SL_BALANCE_ROUND_ROBIN,       /* by the number of the flow */
	SL_BALANCE_MAGLEV,            /* by a hash of its source, address and port */
	SL_BALANCE_SOURCE,            /* by a hash of the source's address */
	SL_BALANCE_LEAST_CONNECTIONS, /* to who has the fewest flows for its weight */
};

/*
 * backends: array. Of each service, one after another: a row for each address of its backends, and then its turns, each of
 * which is the number of such a row, from 0. A backend with a weight of 3 has three times as many turns as one with 1.
 */
struct sl_backend {
	struct sl_addr to;
	__u32 object;
	__u32 weight;  /* of SL_BALANCE_LEAST_CONNECTIONS; 0: it takes no new flows */
	__u16 to_port; /* host order; 0: the port that was asked for */
	__u16 vrf;     /* of the address */
	__u32 flags;   /* SL_BACKEND_* */
};
#define SL_BACKEND_ENDS_UDP (1 << 0) /* it is down: flows of UDP go elsewhere */
#define SL_BACKEND_ENDS_TCP (1 << 1) /* and connections end */
#define SL_TURNS_IN_ROW 16
struct sl_backend_row {
	union {
		struct sl_backend backend;
		__u16 turn[SL_TURNS_IN_ROW];
	};
};
SL_ASSERT_SIZE(struct sl_backend_row, 32);
#define SL_MAX_MEMBERS 256 /* of a service in one family */
#define SL_MAX_TURNS 65536 /* of a service in one family */

/* static_in: outside -> inside, static_out: inside -> outside; LPM tries by sl_prefix_key, tag = VRF */
struct sl_static {
	struct sl_addr to; /* first address of the prefix on the other side */
	__u32 length;      /* bits of the mapped address that are replaced, 0..128 */
	__u32 object;
	__u16 zone; /* of the outside; SL_ANY_ZONE: wherever a masquerade could lead */
	__u16 vrf;
	__u32 ifindex; /* of the outside interface; 0: unknown */
	/*
	 * Prefix translation that leaves every checksum right (RFC 6296): added in ones' complement to
	 * 16-bit word number `word` of the address. Both 0: the prefix is replaced and no more.
	 */
	__be16 adjustment;
	__u16 word; /* 3: prefixes up to /48; 4: the first of words 4..7 that is not 0xffff */
};
#define SL_ANY_ZONE 0xffff

/* masquerades: array */
struct sl_masquerade {
	__u32 object;
	__u32 pool;   /* first row of pools */
	__u32 ranges; /* how many rows; 0: the outgoing interface's own address */
	__u16 first_port, last_port;
	__u32 flags;             /* SL_MASQUERADE_* */
	__u32 except_set;        /* set of the destinations that are not translated; 0: none */
	__u32 mappings_per_host; /* how many an inside address may have at once, see SL_MASQUERADE_HARD_QUOTA */
	/*
	 * Deterministic (RFC 7422): host number n, counted from `inside`, has the outside address number
	 * n / hosts_per_address of the pool, and there ports_per_host ports from
	 * first_port + n % hosts_per_address * ports_per_host. Another host gets no mapping.
	 */
	__u32 hosts; /* 0: not deterministic */
	__u32 hosts_per_address, ports_per_host;
	struct sl_addr inside;
};
/* Ports are reused for each destination: no endpoint-independent mapping (RFC 4787 section 4.1). */
#define SL_MASQUERADE_PER_DESTINATION (1 << 0)
/* Who may answer (RFC 4787 section 5); neither: only the endpoint that was sent to. */
#define SL_MASQUERADE_FILTER_NONE (1 << 1)    /* everybody */
#define SL_MASQUERADE_FILTER_ADDRESS (1 << 2) /* every port of an address that was sent to */
#define SL_MASQUERADE_LOG (1 << 3)            /* mappings made and ended are reported, see events.h */
/* A host gets no more than mappings_per_host; without it, what it has beyond is had until others need it. */
#define SL_MASQUERADE_HARD_QUOTA (1 << 5)
/* The document leaves the ports to sluice: below 1024 stays below (RFC 4787 REQ-3). */
#define SL_MASQUERADE_ANY_PORTS (1 << 4)
/*
 * Nodes of a cluster give ports of one address, each of its own part of each range, so that two that do not hear
 * each other give none twice: node number NODE, from 0, of NODES alike; NODES below 2: all are this one's. A
 * mapping that another node told of may have any port.
 */
#define SL_MASQUERADE_NODE_SHIFT 16
#define SL_MASQUERADE_NODES_SHIFT 24
#define SL_MASQUERADE_NODE(flags) ((flags) >> SL_MASQUERADE_NODE_SHIFT & 0xff)
#define SL_MASQUERADE_NODES(flags) ((flags) >> SL_MASQUERADE_NODES_SHIFT)

/* pools: array of address ranges */
struct sl_pool {
	struct sl_addr first;
	__u32 count; /* addresses, at most 65536 */
	__u32 reserved;
};

/* local_addr: LPM trie, addresses of the gateway */
struct sl_local {
	__u16 zone;
	__u16 flags;
	__u32 ifindex;
};
#define SL_LOCAL_BROADCAST (1 << 0)
#define SL_LOCAL_OF_NODE (1 << 2)    /* that no other node of the cluster has */
#define SL_LOCAL_TRANSLATED (1 << 1) /* put there for a static mapping, a forward or a pool: no service answers */
