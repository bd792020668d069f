/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The protocols of which sluice knows more than the number (assigned by IANA). X(name, number, tuple, translated, begun, answered)
 *   name        as documents and clients write it
 *   tuple       what its flows are told apart by besides addresses: PORTS, QUERY (the identifier of ICMP) or NOTHING
 *   translated  1: the packet path changes that. SCTP's checksum covers the whole packet, so its ports stay (RFC 9260 section 6.8)
 *   begun       how long a flow stands (enum sl_timeout) that is not answered, or is ending,
 *   answered    and an answered one
 */
#pragma once

#include "config.h"

enum sl_tuple_kind {
	SL_TUPLE_NOTHING,
	SL_TUPLE_PORTS,
	SL_TUPLE_QUERY,
};

#define SL_PROTOCOLS(X)                                                                     \
	X(tcp, 6, SL_TUPLE_PORTS, 1, SL_TIMEOUT_TCP_TRANSITORY, SL_TIMEOUT_TCP_ESTABLISHED) \
	X(udp, 17, SL_TUPLE_PORTS, 1, SL_TIMEOUT_UDP_ONE_WAY, SL_TIMEOUT_UDP)               \
	X(icmp, 1, SL_TUPLE_QUERY, 1, SL_TIMEOUT_ICMP, SL_TIMEOUT_ICMP)                     \
	X(icmpv6, 58, SL_TUPLE_QUERY, 1, SL_TIMEOUT_ICMP, SL_TIMEOUT_ICMP)                  \
	X(sctp, 132, SL_TUPLE_PORTS, 0, SL_TIMEOUT_OTHER, SL_TIMEOUT_OTHER)                 \
	X(gre, 47, SL_TUPLE_NOTHING, 0, SL_TIMEOUT_OTHER, SL_TIMEOUT_OTHER)                 \
	X(esp, 50, SL_TUPLE_NOTHING, 0, SL_TIMEOUT_OTHER, SL_TIMEOUT_OTHER)                 \
	X(udplite, 136, SL_TUPLE_PORTS, 1, SL_TIMEOUT_UDP_ONE_WAY, SL_TIMEOUT_UDP)

SL_FUNCTION int sl_has_ports(__u8 protocol)
{
#define X(name, number, tuple, translated, begun, answered) || (protocol == (number) && (tuple) == SL_TUPLE_PORTS)
	return 0 SL_PROTOCOLS(X);
#undef X
}

SL_FUNCTION int sl_is_translated(__u8 protocol)
{
#define X(name, number, tuple, translated, begun, answered) || (protocol == (number) && (translated))
	return 0 SL_PROTOCOLS(X);
#undef X
}

/* RFC 7915 sections 4.1 and 5.1. */
SL_FUNCTION __u8 sl_protocol_in_other_family(__u8 protocol)
{
	return protocol == 1 ? 58 : protocol == 58 ? 1 : protocol;
}

/* `is_answered`: it is, and neither side has ended it. */
SL_FUNCTION enum sl_timeout sl_timeout_of(__u8 protocol, int is_answered)
{
	switch (protocol) {
#define X(name, number, tuple, translated, begun, answered) \
	case number:                                        \
		return is_answered ? (answered) : (begun);
		SL_PROTOCOLS(X)
#undef X
	default:
		return SL_TIMEOUT_OTHER;
	}
}
