/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet that an ICMP error quotes: where its headers are, and its tuple as it was sent. */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/proto/icmp.h"
#include "bpf/proto/ipv4.h"
#include "bpf/proto/ipv6.h"
#include "bpf/proto/transport.h"

#include "maps/protocols.h"

static __always_inline int read_quoted4(pkt_ctx *ctx, struct quoted *q)
{
	struct iphdr ip;

	if (bpf_skb_load_bytes(ctx, q->l3_off, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return -1;
	addr_from4(&q->tuple.source, ip.saddr);
	addr_from4(&q->tuple.destination, ip.daddr);
	q->protocol = ip.protocol;
	q->l4_off = q->l3_off + ip.ihl * 4;
	return bpf_ntohs(ip.frag_off) & IPV4_OFFSET ? -1 : 0;
}

/* A later fragment tells no ports, so that nobody knows whose it is. */
__noinline int skip_quoted_extensions(pkt_ctx *ctx, struct quoted *q)
{
	struct ipv6_extension ext;
	int i;

	if (!q)
		return -1;
	for (i = 0; i < IPV6_EXTENSIONS_MAX && is_extension(q->protocol); i++) {
		__u8 kind = q->protocol;

		if (bpf_skb_load_bytes(ctx, q->l4_off, &ext, sizeof(ext)))
			return -1;
		if (kind == IPPROTO_FRAGMENT && (bpf_ntohs(ext.fragment) & IPV6_FRAGMENT_OFFSET))
			return -1;
		q->protocol = ext.next;
		q->l4_off += extension_length(kind, &ext);
	}
	return is_extension(q->protocol) ? -1 : 0;
}

static __always_inline int read_quoted6(pkt_ctx *ctx, struct quoted *q)
{
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(ctx, q->l3_off, &ip, sizeof(ip)) || ip.version != 6)
		return -1;
	addr_from6(&q->tuple.source, (__be32 *)&ip.saddr);
	addr_from6(&q->tuple.destination, (__be32 *)&ip.daddr);
	q->protocol = ip.nexthdr;
	q->l4_off = q->l3_off + sizeof(ip);
	return skip_quoted_extensions(ctx, q);
}

static __always_inline int read_quoted_transport(pkt_ctx *ctx, struct quoted *q)
{
	__be16 port[4];

	if (bpf_skb_load_bytes(ctx, q->l4_off, port, sizeof(port)))
		return -1;
	if (sl_has_ports(q->protocol)) {
		q->tuple.source_port = port[0];
		q->tuple.destination_port = port[1];
	} else if (q->protocol == IPPROTO_ICMP || q->protocol == IPPROTO_ICMPV6) {
		__u8 type = *(__u8 *)port;

		/* only queries and replies are of a flow */
		q->query = type == ICMP_ECHO || type == ICMP6_ECHO || type == ICMP_TIMESTAMP ? 1 : 2;
		if (q->query == 1)
			q->tuple.source_port = port[2];
		else
			q->tuple.destination_port = port[2];
	}
	return 0;
}

static __always_inline int read_quoted(pkt_ctx *ctx, const struct pkt *p, struct quoted *q)
{
	int rc;

	q->l3_off = p->l4_off + 8;
	q->family = p->family;
	rc = p->family == 4 ? read_quoted4(ctx, q) : read_quoted6(ctx, q);
	if (rc || read_quoted_transport(ctx, q))
		return -1;
	q->tuple.protocol = q->protocol;
	q->tuple.family = q->family;
	q->tuple.vrf = p->vrf;
	return 0;
}
