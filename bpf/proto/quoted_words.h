/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The first eight bytes of the transport in a packet that an ICMP error quotes: ports or a query's id, and what sums them up. */
#pragma once

#include "bpf/base/checksum.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"

#include "maps/flow.h"
#include "maps/protocols.h"

/* By how much a checksum over the quoted pseudo header and ports changes. */
static __always_inline __u16 delta_of_quoted(const struct quoted *q, const struct sl_tuple *to)
{
	__u32 from_ports = (__u32)q->tuple.source_port + q->tuple.destination_port;
	__u32 to_ports = (__u32)to->source_port + to->destination_port;

	return csum_delta(csum_fold(csum_tuple_addresses(&q->tuple)) + from_ports,
			  csum_fold(csum_tuple_addresses(to)) + to_ports);
}

static __always_inline void translate_query(const struct quoted *q, const struct sl_tuple *to, __be16 *word)
{
	__u32 delta = csum_delta((__u32)q->tuple.source_port + q->tuple.destination_port,
				 (__u32)to->source_port + to->destination_port);

	word[2] = q->query == 1 ? to->source_port : to->destination_port;
	word[1] = csum_apply(word[1], q->protocol == IPPROTO_ICMPV6 ? delta_of_quoted(q, to) : delta);
}

static __always_inline void translate_words(const struct quoted *q, const struct sl_tuple *to, __be16 *word)
{
	if (q->query) {
		translate_query(q, to, word);
		return;
	}
	if (!sl_has_ports(q->protocol) || !sl_is_translated(q->protocol))
		return;
	word[0] = to->source_port;
	word[1] = to->destination_port;
	if (q->seqadj)
		*(__be32 *)&word[2] = bpf_htonl(bpf_ntohl(*(__be32 *)&word[2]) + q->seqadj);
	if (q->protocol == IPPROTO_TCP || !word[3])
		return;
	word[3] = csum_apply(word[3], delta_of_quoted(q, to));
	if (!word[3])
		word[3] = 0xffff;
}
