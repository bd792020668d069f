/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Working memory of the slow paths, one per CPU and program: the verifier's 512 bytes of stack are
 * not enough for a judgement and two flow entries. Nothing in it outlives one packet.
 */
#pragma once

#include "bpf/base/types.h"

#include "maps/capture.h"
#include "maps/events.h"
#include "maps/flow.h"
#include "maps/fragment.h"
#include "maps/layout.h"
#include "maps/limit.h"
#include "maps/mapping.h"
#include "maps/ports.h"
#include "maps/question.h"
#include "maps/rules.h"
#include "maps/sticky.h"
#include "maps/tunnel.h"

#define QUOTE_MAX 512

/* What a service says (struct sl_forward), and how far the choice of a backend is. Here and not on the stack, which is full. */
struct service_choice {
	__u32 object; /* 0: no service leads it */
	__u32 backends, members, turns, balance;
	__u32 turn; /* that was taken, + 1; 0: none */
	__u32 best, weight;
	__u64 fewest;
	__u32 sticky_for; /* seconds; 0: no source is remembered */
	__be32 prefix[3]; /* that sources of IPv4 get towards IPv6; 0: none, they get the gateway's address */
};

/* What is being decided about a first packet, or again about a flow. */
struct judgement {
	struct sl_tuple in;  /* as it arrived */
	struct sl_tuple out; /* as it will leave */
	__u32 version;
	__u32 ifindex_in, ifindex;
	__u16 zone_in, zone_out;
	__u16 outside_zone; /* whose address was asked for, when the destination was translated */
	__u16 outside_vrf;  /* of the address that the source gets */
	__u16 view;         /* VRF in whose addresses and routes the destination was found */
	__u16 through;      /* find_route: 1 when the VRF leaves the destination to another one, in `next_vrf` */
	__u16 next_vrf;
	__u16 flags; /* SL_FLOW_* */
	__u16 mtu;
	__u8 dmac[6], smac[6];
	__u32 unresolved; /* find_route: which next hop has no MAC yet, a hash; 0: it has */
	__u16 is;         /* PKT_* */
	__u16 was;        /* flags of the flow that is judged again; 0: it begins */
	__u16 had_vrf;    /* of that flow: where it leads */
	__be16 had_port;
	struct sl_addr had;
	__u8 admitted;                    /* by a forward or the filter of a mapping */
	__u8 hairpin;                     /* sent to a mapping from where its owner is not hidden */
	__u8 per_destination, by_address; /* what the masquerade says of its flows */
	__u8 holds;                       /* SL_HOLDS_* */
	__u8 action;                      /* enum sl_action */
	__u8 reason, answer;
	__u32 policy, nat;     /* object numbers */
	__u32 masquerade;      /* row + 1; 0: source stays */
	__u32 outside_ifindex; /* whose address a masquerade takes */
	__u32 scope;
	__u32 now;
	__u32 seed;
	__u32 slot;
	__u32 account, tenant;              /* of the flow, as in its slot */
	__u32 over;                         /* OVER_* */
	__u32 share;                        /* of its host, where that is OVER_HOST */
	__u32 host_waiting, tenant_waiting; /* half-open flows, with this one */
	__u32 limits;                       /* row of limit_rows */
	__u32 half_open;                    /* that its target may have; 0: any number */
	struct service_choice service;      /* of a flow that a service leads */
	__u16 window, mss;                  /* of a client that sent a cookie back */
	__u8 syn_cookies;
	__u8 opens;        /* its packet may begin a flow: a service gives it a turn */
	__u8 asked;        /* enum sl_asked: how far judge() came */
	__u8 is_closing;   /* the flow that is judged again */
	__u8 is_unmapped;  /* its source had no mapping when that was asked ahead (flow/fetch.h) */
	__u16 zone_behind; /* that the way back to the source leads into */
};

/* Whose share of a short table a flow is beyond. */
enum { OVER_NOTHING, OVER_TENANT, OVER_HOST };

/* What a cookie is made of, and checked against. */
struct cookie_headers {
	union {
		struct iphdr ip4;
		struct ipv6hdr ip6;
	};
	struct tcphdr tcp;
	__u8 options[64]; /* 40 at most; the verifier wants a power of two */
};

/* A packet quoted by an ICMP error: its tuple as it was sent, and where its headers are. */
struct quoted {
	struct sl_tuple tuple;
	__u16 l3_off, l4_off;
	__u8 family, protocol;
	__u8 query;   /* 1: ICMP query, 2: ICMP reply, 0: something else */
	__u32 seqadj; /* added to its sequence number */
};

/* What a service chooses a backend by. */
struct asker {
	struct sl_addr address;
	__u32 port; /* 0: all of them go to one */
};

enum port_wanted {
	PORT_FREE,
	PORT_RESTING, /* nothing is free: the host's own, and those whose time is over */
	PORT_LOST,    /* nothing at all: bits without a row */
	PORT_TOWARDS, /* one that nobody has towards the destination */
};

/* Where the bits of each dimension of policies are (maps/rules.h). */
struct policy_classes {
	struct sl_policy_class zones, source, destination, service;
	__u32 candidates; /* chunks that all of them have bits in */
};

/* A search for an outside port: the range in host order, and where in the bitmaps it is. */
struct port_search {
	__u32 first, last;
	__u32 word, left; /* of 64 ports, counted from port 0; how many are still to be looked at */
	__u32 words;      /* looked at */
	__u32 tries;      /* claims that are still allowed */
	__u32 wanted;     /* enum port_wanted */
	__u32 low;        /* ports below 1024 are kept apart */
	__u32 passed;     /* free ports, that this destination has for somebody else already */
	__u32 quiet;      /* chunks in which no port rests, one bit each, as far as is known */
	__u64 tried;      /* ports of this word */
	/* What it found out, for who asks at the next address or for another kind: */
	__u8 saw_full;     /* no port for a mapping, as others saw before */
	__u8 nothing_left; /* nor one towards the destination */
	__u8 has_enough;   /* the flow's host, of ports that others want: it gets no mapping */
};

/* A packet as limits see it: whose it is, and what it costs. */
struct limited {
	struct sl_addr source, destination; /* of the flow's first packet, the latter after translation */
	__u64 now;                          /* as in sl_bucket */
	__u32 packets, bytes;
	__u32 slot;
	__u32 version;
	__u16 vrf, vrf_there; /* of the source, and of the destination */
	__be16 source_port;
	__u8 marks;       /* DSCP + 1 that it leaves with; 0: its own */
	bool yields;      /* TCP: a loss makes it slower */
	__u8 endpoint_of; /* which side `endpoint` is of: 1 source, 2 destination; 0: nobody asked */
	__u32 endpoint;   /* number of its object; 0: none */
};

/* A packet that leaves in pieces (bpf/fragment/split.h): what each begins with, and how far it is. */
struct cut {
	__u8 header[64];
	__u32 header_bytes, payload_bytes, room;
	__u32 at; /* of the payload, what comes next */
};

/* What a flow that ends, with its keys in scratch's `tuple` and `peer`, held of mappings and peers; as in sl_flow. */
struct held_by_flow {
	__u16 flags, outside_vrf, view;
	__u8 holds, rests;
	__u32 nat, late; /* late: as in sl_mapping */
};

struct scratch {
	struct judgement judgement;
	struct sl_flow original, reply;
	struct bpf_fib_lookup fib;
	struct sl_tuple tuple, peer;
	union {
		struct sl_flow4_key v4;
		struct sl_flow6_key v6;
	} key;      /* of one look into a table of flows */
	__u32 turn; /* what that found: see row_has() */
	struct {
		__u32 row, turn;
	} way; /* of an ICMP error */
	struct sl_tuple revalidated, revalidated_original;
	struct sl_tuple candidate; /* a flow that somebody else's packet looks at */
	__u32 gc_next, gc_left;    /* slots that are still to be looked at */
	__u32 gc_free;             /* one of them that is free; 0: none */
	__u32 gc_ended;            /* how many of them were dead */
	struct sl_tuple owner;     /* of a slot */
	struct sl_tuple victim;    /* who ends for another one that waits */
	__u64 victim_place;
	__u32 victim_row, victim_rate;
	__u32 answered;
	struct held_by_flow ended;
	struct policy_classes classes;
	struct quoted quoted;
	struct cookie_headers cookie;
	struct sl_fragment_key fragment;
	struct sl_fragment fragment_row; /* its units are never written: a new row starts without any */
	struct bpf_sock_tuple socket;
	struct sl_forward_key forward;
	struct asker asker;
	struct sl_sticky_key sticky;
	struct sl_prefix_key prefix;
	struct sl_endpoint inside, outside, held, rested, released;
	struct sl_addr sender; /* that a neighbour says it has */
	struct sl_mapping mapping;
	struct sl_event event;
	struct sl_peer_key peer_key;
	__u32 peer_owner; /* row of budgets */
	struct port_search search;
	struct sl_chunk_key chunk;
	struct sl_crowd_key crowd;
	struct sl_host_key host;
	struct sl_tunnel_key tunnel;
	struct sl_tunnel_end_key tunnel_end;
	struct sl_question_key question;
	struct sl_question asked_in;
	struct limited limited;
	struct {
		struct sl_addr address;
		__u16 vrf;
	} towards; /* where a packet goes that is PKT_TO_NETWORK */
	struct sl_limit_key bucket;
	struct sl_limit_set limits;
	struct cut cut;
	struct sl_captured captured; /* the packet, while a capture runs */
	union {
		struct sl_flow4_key v4;
		struct sl_flow6_key v6;
	} captured_key;
	struct sl_chunk empty_chunk; /* never written */
	struct sl_crowd empty_crowd; /* the same */
	__u8 quote[QUOTE_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_memory SEC(".maps");

static __always_inline struct scratch *scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch_memory, &zero);
}
