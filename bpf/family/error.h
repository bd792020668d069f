/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An ICMP error about a packet of a flow between families becomes one of the other family, about the packet as it was sent
 * there (RFC 7915 sections 4.2, 4.3, 5.2, 5.3). It is made anew: of what it quotes no more is kept than an error needs.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/family/error_types.h"
#include "bpf/family/exchange.h"
#include "bpf/proto/quoted_words.h"
#include "bpf/proto/icmp.h"
#include "bpf/proto/ipv4.h"
#include "bpf/state/table.h"

#include "maps/flow.h"

#define QUOTED_MAX 256 /* bytes behind the quoted header: a power of two, that fits the memory with both headers */
#define NO_SUCH_ERROR 1

/* As it left its sender, as far as that matters to who reads the error. */
static __always_inline void write_quoted4(__u8 *at, const struct sl_tuple *t, __u32 bytes)
{
	struct iphdr *ip = (struct iphdr *)at;

	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = bpf_htons(bytes + sizeof(*ip));
	ip->frag_off = bpf_htons(IPV4_DF);
	ip->ttl = 1;
	ip->protocol = t->protocol;
	ip->saddr = t->source.w[3];
	ip->daddr = t->destination.w[3];
	ip->check = ~csum_fold(sum_of_header4(ip));
}

static __always_inline void write_quoted6(__u8 *at, const struct sl_tuple *t, __u32 bytes)
{
	struct ipv6hdr *ip = (struct ipv6hdr *)at;

	ip->version = 6;
	ip->payload_len = bpf_htons(bytes);
	ip->nexthdr = t->protocol;
	ip->hop_limit = 1;
	memcpy(&ip->saddr, t->source.w, 16);
	memcpy(&ip->daddr, t->destination.w, 16);
}

/* How long the quoted packet was behind its header, before it was cut short. */
static __always_inline __u32 quoted_length(pkt_ctx *ctx, const struct quoted *q)
{
	__be16 words[4] = {};
	__u32 header = q->l4_off - q->l3_off;

	if (bpf_skb_load_bytes(ctx, q->l3_off, words, sizeof(words)))
		return 0;
	if (q->family == 4)
		return bpf_ntohs(words[1]) - header; /* tot_len */
	return bpf_ntohs(words[2]) + sizeof(struct ipv6hdr) - header;
}

/* From its ports on, to `at`: how many bytes, or 0. */
static __always_inline __u32 copy_quoted(pkt_ctx *ctx, const struct quoted *q, const struct pkt *p, __u8 *at)
{
	__u32 left = p->l3_off + p->bytes - q->l4_off;

	if (left < 8 || left > p->bytes)
		return 0;
	if (left > QUOTED_MAX)
		left = QUOTED_MAX;
	return bpf_skb_load_bytes(ctx, q->l4_off, at, sized(left, QUOTED_MAX)) ? 0 : left;
}

/* A query of the one family is not one of the other: see exchange_query(). */
static __always_inline void exchange_quoted_query(const struct quoted *q, const struct sl_tuple *to, __be16 *word,
						  __u32 length)
{
	const struct sl_tuple *in6 = q->family == 4 ? to : &q->tuple;
	__u32 was = (__u32)word[0] + word[2];
	__u16 pseudo = pseudo_sum_of_query(in6->source.w, in6->destination.w, length);
	__u8 *type = (__u8 *)word;

	*type = query_in_other_family(q->family, q->query == 1);
	word[2] = q->query == 1 ? to->source_port : to->destination_port;
	word[1] = csum_apply(word[1], (__u32)csum_delta(was, (__u32)word[0] + word[2]) +
					      (q->family == 4 ? pseudo : (__u16)~pseudo));
}

static __always_inline void translate_copied(const struct quoted *q, const struct sl_tuple *to, __be16 *word,
					     __u32 bytes, __u32 length)
{
	if (q->query) {
		exchange_quoted_query(q, to, word, length);
		return;
	}
	translate_words(q, to, word);
	if (q->protocol == IPPROTO_TCP && bytes >= sizeof(struct tcphdr))
		word[offsetof(struct tcphdr, check) / 2] =
			csum_apply(word[offsetof(struct tcphdr, check) / 2], delta_of_quoted(q, to));
}

/* The message in scratch's `quote`, but for its checksum: how many bytes, or 0. `to`: the quoted tuple, as it was sent. */
static __always_inline __u32 make_message(pkt_ctx *ctx, struct scratch *s, const struct pkt *p,
					  const struct error_type *e, const struct sl_tuple *to)
{
	const __u32 header = p->family == 4 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	__u32 length = quoted_length(ctx, &s->quoted), bytes;
	__u8 *inner = s->quote + sizeof(*e);

	memset(s->quote, 0, sizeof(s->quote));
	memcpy(s->quote, e, sizeof(*e));
	bytes = copy_quoted(ctx, &s->quoted, p, inner + placed(header, 63));
	if (p->family == 4)
		write_quoted6(inner, to, length);
	else
		write_quoted4(inner, to, length);
	translate_copied(&s->quoted, to, (__be16 *)(inner + placed(header, 63)), bytes, length);
	return bytes ? sizeof(*e) + header + bytes : 0;
}

/* The packet becomes this message, in a header of its new family. */
static __always_inline bool put_message(pkt_ctx *ctx, struct scratch *s, struct pkt *p, struct sl_flow *f, __u32 bytes)
{
	struct carried c = { .bytes = bytes, .protocol = p->family == 4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP };
	const __u32 header = p->family == 4 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);

	if (bpf_skb_change_proto(ctx, p->family == 4 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP), 0) ||
	    bpf_skb_change_tail(ctx, p->l3_off + header + bytes, 0))
		return false;
	if (bpf_skb_store_bytes(ctx, p->l3_off + header, s->quote, sized(bytes, QUOTE_MAX), 0))
		return false;
	return write_in_other_family(ctx, p, f, &c);
}

/* 0, NO_SUCH_ERROR or -1. Scratch's `peer` is what the error leaves as, and its flow is that of scratch's `way`. */
__noinline int error_to_other_family(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct error_type e;
	struct sl_flow *f;
	__u32 bytes, sum;

	if (!s || !p || bpf_skb_load_bytes(ctx, p->l4_off, &e, sizeof(e)))
		return -1;
	f = flow_at(s->way.row, s->tuple.family);
	if (!f || !error_in_other_family(&e, p->family))
		return NO_SUCH_ERROR;
	e.check = 0;
	s->peer.protocol = sl_protocol_in_other_family(s->quoted.protocol);
	sum = p->family == 4 ? pseudo_sum_of_query(f->source6, f->destination6, 0) : 0;
	tuple_turn(&s->peer); /* the quotation runs the other way */
	bytes = make_message(ctx, s, p, &e, &s->peer);
	if (!bytes)
		return -1;
	sum += p->family == 4 ? bpf_htons(bytes) : 0;
	sum = csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)s->quote, QUOTE_MAX, csum_fold(sum)));
	((struct error_type *)s->quote)->check = ~(__u16)sum;
	return put_message(ctx, s, p, f, bytes) ? 0 : -1;
}
