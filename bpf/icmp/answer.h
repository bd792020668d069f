/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors of the gateway itself (RFC 1812 section 4.3, RFC 4443): the offending packet becomes
 * the error in place and goes back where it came from, with the address of that interface.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/maps.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/output/answer.h"
#include "bpf/proto/icmp.h"

#include "maps/interface.h"

struct icmp_error {
	__u8 type, code;
	__be16 check;
	__be32 info;
};

static __always_inline void choose_error4(const struct pkt *p, struct icmp_error *e, __u32 mtu)
{
	switch (p->answer) {
	case ANSWER_TIME_EXCEEDED:
		e->type = ICMP_TIME_EXCEEDED;
		return;
	case ANSWER_TOO_BIG:
		e->type = ICMP_DEST_UNREACH;
		e->code = ICMP_FRAG_NEEDED;
		e->info = bpf_htonl(mtu);
		return;
	case ANSWER_REJECT:
		e->type = ICMP_DEST_UNREACH;
		e->code = p->protocol == IPPROTO_UDP ? ICMP_PORT_UNREACH : ICMP_PKT_FILTERED;
		return;
	default:
		e->type = ICMP_DEST_UNREACH;
		e->code = ICMP_NET_UNREACH;
	}
}

static __always_inline void choose_error6(const struct pkt *p, struct icmp_error *e, __u32 mtu)
{
	switch (p->answer) {
	case ANSWER_TIME_EXCEEDED:
		e->type = 3;
		return;
	case ANSWER_TOO_BIG:
		e->type = 2;
		e->info = bpf_htonl(mtu);
		return;
	case ANSWER_REJECT:
		e->type = 1;
		e->code = p->protocol == IPPROTO_UDP ? 4 : 1; /* port unreachable, administratively prohibited */
		return;
	case ANSWER_PARAMETER:
		e->type = 4;
		e->info = bpf_htonl(offsetof(struct ipv6hdr, saddr));
		return;
	default:
		e->type = 1;
	}
}

/* Never about an error, a later fragment, a multicast, or a source that is nobody (RFC 1122 3.2.2). */
static __always_inline bool deserves_error(const struct pkt *p)
{
	return !(p->is & (PKT_ICMP_ERROR | PKT_LATER_FRAGMENT | PKT_LINK_MANY | PKT_MULTICAST | PKT_ICMP_OTHER)) &&
	       p->family;
}

static __always_inline __u32 quote_length(const struct pkt *p)
{
	__u32 most = p->family == 4 ? ICMP4_QUOTE_MAX : ICMP6_QUOTE_MAX;

	return p->bytes < most ? p->bytes : most;
}

/* The sum over the quoted bytes, zero-padded to whole words. */
static __always_inline __s64 sum_of_quote(pkt_ctx *ctx, struct scratch *s, __u32 off, __u32 len)
{
	memset(s->quote, 0, sizeof(s->quote));
	if (len == 0 || len > QUOTE_MAX)
		return -1;
	if (bpf_skb_load_bytes(ctx, off, s->quote, sized(len, QUOTE_MAX)))
		return -1;
	return bpf_csum_diff(NULL, 0, (__be32 *)s->quote, QUOTE_MAX, 0);
}

static __always_inline bool write_error4(pkt_ctx *ctx, const struct pkt *p, const struct sl_interface *dev,
					 const struct icmp_error *e, __u32 quote)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tos = 0xc0, /* internetwork control, RFC 1812 section 4.3.2.5 */
		.tot_len = bpf_htons(sizeof(ip) + sizeof(*e) + quote),
		.ttl = ICMP_ERROR_TTL,
		.protocol = IPPROTO_ICMP,
		.saddr = dev->address4,
		.daddr = p->key.v4.source,
	};

	ip.check = ~csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)&ip, sizeof(ip), 0));
	return !bpf_skb_store_bytes(ctx, p->l3_off, &ip, sizeof(ip), 0) &&
	       !bpf_skb_store_bytes(ctx, p->l3_off + sizeof(ip), e, sizeof(*e), 0);
}

static __always_inline bool write_error6(pkt_ctx *ctx, const struct pkt *p, const struct sl_interface *dev,
					 const struct icmp_error *e, __u32 quote)
{
	struct ipv6hdr ip = {
		.version = 6,
		.payload_len = bpf_htons(sizeof(*e) + quote),
		.nexthdr = IPPROTO_ICMPV6,
		.hop_limit = ICMP_ERROR_TTL,
	};

	memcpy(&ip.saddr, dev->address6, 16);
	memcpy(&ip.daddr, p->key.v6.source, 16);
	return !bpf_skb_store_bytes(ctx, p->l3_off, &ip, sizeof(ip), 0) &&
	       !bpf_skb_store_bytes(ctx, p->l3_off + sizeof(ip), e, sizeof(*e), 0);
}

/* RFC 8200 section 8.1: addresses, length and next header are summed with the message. */
static __always_inline __u32 pseudo_sum6(const struct pkt *p, const struct sl_interface *dev, __u32 len)
{
	__u32 sum = bpf_htons(len) + bpf_htons(IPPROTO_ICMPV6);
	int i;

	for (i = 0; i < 4; i++)
		sum += csum_words(dev->address6[i]) + csum_words(p->key.v6.source[i]);
	return sum;
}

/* 1: the packet is now the error and p->action sends it; 0: no error can be sent, drop it. */
__noinline int answer_icmp(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_interface *dev;
	struct icmp_error e = {};
	__u32 quote, header;
	__s64 sum;

	if (!s || !p || !deserves_error(p) || !may_answer(p))
		return 0;
	dev = interface_find(p->version, p->ifindex);
	if (!dev || (p->family == 4 ? !dev->address4 : !dev->address6[0]))
		return 0;
	quote = quote_length(p);
	header = p->family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	if (p->family == 4)
		choose_error4(p, &e, p->mtu_out);
	else
		choose_error6(p, &e, p->mtu_out);
	sum = sum_of_quote(ctx, s, p->l3_off, quote);
	if (sum < 0 || bpf_skb_change_tail(ctx, p->l3_off + quote, 0))
		return 0;
	sum = csum_fold(sum) + csum_words(*(__be32 *)&e) + csum_words(e.info);
	if (p->family == 6)
		sum += pseudo_sum6(p, dev, sizeof(e) + quote);
	e.check = ~csum_fold(sum);
	if (bpf_skb_adjust_room(ctx, header + sizeof(e), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_NO_CSUM_RESET))
		return 0;
	if (!(p->family == 4 ? write_error4(ctx, p, dev, &e, quote) : write_error6(ctx, p, dev, &e, quote)))
		return 0;
	return turn_back(ctx, p);
}
