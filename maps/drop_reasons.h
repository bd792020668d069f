/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a packet was dropped. Append only: a number is never used for something else, because
 * dashboards and scripts know them. One line makes the BPF enum, the table of the command line, the
 * JSON and docs/drops.md: X(number, symbol, stage, sentence). The stage is where most are dropped for it: a file of
 * bpf/path/, or "judge", "policy", "nat" and "route" for what flow() asks about a first packet. "bridge": by a table of
 * nftables, because no program sees frames between ports of a bridge.
 */
#pragma once

#define SL_DROP_REASONS(X)                                                                                 \
	X(1, TOO_SHORT, parse, "packet ends inside a header")                                              \
	X(2, BAD_HEADER, parse, "header with an impossible length, version or checksum")                   \
	X(3, TOO_MANY_EXTENSIONS, parse, "more IPv6 extension headers than are followed")                  \
	X(4, ZERO_PORT, parse, "port 0, which no service can have")                                        \
	X(5, BAD_ADDRESS, admit, "source or destination that no routed packet may have")                   \
	X(6, OWN_SOURCE, judge, "source is an address of the gateway itself")                              \
	X(7, SPOOFED, judge, "the way back to the source leads into another zone")                         \
	X(8, LINK_BROADCAST, routable, "sent to many on the link, so it is not forwarded (RFC 1812)")      \
	X(9, NOT_READY, receive, "the interface has no rules yet")                                         \
	X(10, FRAGMENT, flow, "fragment whose first piece was not seen")                                   \
	X(11, NO_FLOW, flow, "TCP packet that belongs to no flow and does not open one")                   \
	X(12, ICMP_NO_FLOW, flow, "ICMP error about a packet of no known flow")                            \
	X(13, ICMP_TYPE, judge, "ICMP type that is not forwarded")                                         \
	X(14, WRONG_ZONE, flow, "packet of a flow that arrives from another zone")                         \
	X(15, FLOW_ENDED, flow, "the rules no longer allow this flow, or it ended meanwhile")              \
	X(16, TABLE_FULL, flow, "the flow table is full")                                                  \
	X(17, FLOW_CONFLICT, flow, "another flow has the same addresses and ports")                        \
	X(18, POLICY, policy, "no policy accepts it, or one says drop")                                    \
	X(19, REJECT, policy, "a policy says reject")                                                      \
	X(20, FORWARD_SOURCE, policy, "the source may not use this forward")                               \
	X(21, INSIDE_ADDRESS, policy, "an inside address of the gateway, asked from outside")              \
	X(22, NO_ROUTE, route, "no route to the destination")                                              \
	X(23, NO_ZONE, route, "the route leads out of an interface that the document lacks")               \
	X(24, NO_PORTS, nat, "no free port for the masquerade")                                            \
	X(25, NO_ADDRESS, nat, "the masquerade has no outside address")                                    \
	X(26, AMBIGUOUS, nat, "protocol without ports, and another host talks to the same peer")           \
	X(27, MAPPINGS_FULL, nat, "the mapping table is full")                                             \
	X(28, TTL, routable, "time to live is used up")                                                    \
	X(29, TOO_BIG, routable, "does not fit the next link's MTU")                                       \
	X(30, INSIDE_SOURCE, host, "the gateway's own packet with an inside source")                       \
	X(31, PAST_SLUICE, host, "forwarded by the kernel past sluice")                                    \
	X(32, INTERNAL, any, "a helper of the kernel failed")                                              \
	X(33, HALF_OPEN_FULL, flow, "as many flows without an answer as there may be")                     \
	X(34, HOST_FLOWS, flow, "the host has as many flows as one may have")                              \
	X(35, HOST_MAPPINGS, nat, "the inside host has as many mappings as one may have")                  \
	X(36, FILTERED, nat, "the mapping's owner has sent nothing to this sender")                        \
	X(37, OVERLAP, flow, "fragment that overlaps another one (RFC 5722)")                              \
	X(38, FRAGMENTS_FULL, flow, "too many fragments wait for their first piece")                       \
	X(39, BAD_CHECKSUM, flow, "ICMP error whose checksum is wrong")                                    \
	X(40, BOGON, judge, "source of a network that nobody on the internet has")                         \
	X(41, OVER_LIMIT, limit, "more than a limit of the document lets pass")                            \
	X(42, OTHER_VRF, judge, "an address of the gateway in another VRF")                                \
	X(43, VLAN, parse, "a VLAN tag that no interface has")                                             \
	X(44, TARGET_HALF_OPEN, flow, "as many half-open connections to the target as its forward allows") \
	X(45, CONTROL, admit, "redirect, router advertisement or membership that nobody may say here")     \
	X(46, INTO_TUNNEL, nat, "it would be taken for a packet of a tunnel of the gateway")               \
	X(47, UNRESOLVED, flow, "nobody knows the next hop's MAC, and too many were asked for")            \
	X(48, MAC_LIMIT, bridge, "the bridge's port has as many MAC addresses as may speak by it")         \
	X(49, NO_BACKEND, nat, "no backend of the service takes new flows")                                \
	X(50, OTHER_FAMILY, routable, "nothing in the other IP version stands for it (RFC 7915)")          \
	X(51, MAC_SPOOFED, parse, "source MAC of another machine than the one at the other end")           \
	X(52, NOT_LED, flow, "the node of the cluster that begins flows cannot be reached")

enum sl_drop_reason {
	SL_DROP_NONE = 0,
#define X(number, symbol, stage, text) SL_DROP_##symbol = number,
	SL_DROP_REASONS(X)
#undef X
};

#define SL_DROP_LIMIT 64 /* counts per interface slot in drop_counters */
