/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP (RFC 9293), UDP (RFC 768), UDP-Lite (RFC 3828), SCTP (RFC 9260): ports, and what tracking needs. */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/ctx.h"
#include "bpf/base/types.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

static __always_inline void set_ports(struct pkt *p, __be16 source, __be16 destination)
{
	if (p->family == 4) {
		p->key.v4.source_port = source;
		p->key.v4.destination_port = destination;
	} else {
		p->key.v6.source_port = source;
		p->key.v6.destination_port = destination;
	}
}

static __always_inline __u32 l4_bytes(const struct pkt *p)
{
	return p->bytes - (p->l4_off - p->l3_off);
}

static __always_inline verdict parse_tcp(pkt_ctx *ctx, struct pkt *p)
{
	struct tcphdr *tcp = hdr_at(ctx, p->l4_off, struct tcphdr);

	if (!tcp || l4_bytes(p) < sizeof(*tcp))
		return drop(p, SL_DROP_TOO_SHORT);
	if (tcp->doff < 5 || tcp->doff * 4 > l4_bytes(p))
		return drop(p, SL_DROP_BAD_HEADER);
	p->tcp_flags = ((__u8 *)tcp)[13];
	p->tcp_seq = bpf_ntohl(tcp->seq);
	p->tcp_ack = bpf_ntohl(tcp->ack_seq);
	p->tcp_end = p->tcp_seq + l4_bytes(p) - tcp->doff * 4;
	p->check_off = offsetof(struct tcphdr, check);
	p->is |= PKT_PORTS | PKT_TCP;
	if (ctx_segment(ctx))
		p->segment = p->l4_off - p->l3_off + tcp->doff * 4 + ctx_segment(ctx);
	set_ports(p, tcp->source, tcp->dest);
	return tcp->source && tcp->dest ? SL_V_NEXT : drop(p, SL_DROP_ZERO_PORT);
}

static __always_inline bool udp_length_fits(const struct pkt *p, const struct udphdr *udp)
{
	__u32 length = bpf_ntohs(udp->len);

	if (p->is & PKT_FIRST_FRAGMENT)
		return length >= sizeof(*udp);
	/* UDP-Lite says the checksum's coverage in this place, 0 for all */
	if (p->protocol == IPPROTO_UDPLITE)
		return length == 0 || (length >= sizeof(*udp) && length <= l4_bytes(p));
	return length >= sizeof(*udp) && length <= l4_bytes(p);
}

static __always_inline verdict parse_udp(pkt_ctx *ctx, struct pkt *p)
{
	struct udphdr *udp = hdr_at(ctx, p->l4_off, struct udphdr);

	if (!udp || l4_bytes(p) < sizeof(*udp))
		return drop(p, SL_DROP_TOO_SHORT);
	if (!udp_length_fits(p, udp) && !ctx_segment(ctx))
		return drop(p, SL_DROP_BAD_HEADER);
	p->check_off = offsetof(struct udphdr, check);
	p->is |= PKT_PORTS;
	if (ctx_segment(ctx))
		p->segment = p->l4_off - p->l3_off + sizeof(*udp) + ctx_segment(ctx);
	set_ports(p, udp->source, udp->dest);
	return udp->source && udp->dest ? SL_V_NEXT : drop(p, SL_DROP_ZERO_PORT);
}

/* The CRC covers the ports but not the addresses: ports tell flows apart and are never rewritten. */
static __always_inline verdict parse_sctp(pkt_ctx *ctx, struct pkt *p)
{
	struct {
		__be16 source, dest;
		__be32 tag, crc;
	} *sctp = __hdr_at(ctx, p->l4_off, sizeof(*sctp));

	if (!sctp || l4_bytes(p) < sizeof(*sctp))
		return drop(p, SL_DROP_TOO_SHORT);
	set_ports(p, sctp->source, sctp->dest);
	return sctp->source && sctp->dest ? SL_V_NEXT : drop(p, SL_DROP_ZERO_PORT);
}
