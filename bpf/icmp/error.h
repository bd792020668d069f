/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors about a packet of a known flow, translated with the packet that they quote, in both
 * directions (RFC 5508 REQ-3 to REQ-6). The quoted packet went out by one direction of the flow, so
 * the entry of the other direction says how to translate the error that comes back.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/checksum.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/family/error.h"
#include "bpf/flow/create.h"
#include "bpf/flow/signs.h"
#include "bpf/icmp/error_checksum.h"
#include "bpf/icmp/quoted.h"
#include "bpf/proto/quoted_words.h"
#include "bpf/output/addresses.h"
#include "bpf/policy/judge.h"
#include "bpf/proto/transport.h"
#include "bpf/state/table.h"
#include "bpf/syn/synproxy.h"

#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/protocols.h"

/* Stores bytes and keeps the ICMP checksum, which covers the quotation, right. */
static __always_inline int replace_quoted(pkt_ctx *ctx, const struct pkt *p, __u32 off, void *old, void *new, __u32 len)
{
	__s64 diff = bpf_csum_diff(old, len, new, len, 0);

	if (bpf_skb_store_bytes(ctx, off, new, len, 0))
		return -1;
	return bpf_l4_csum_replace(ctx, p->l4_off + p->check_off, 0, diff, 0);
}

static __always_inline int translate_quoted4(pkt_ctx *ctx, const struct pkt *p, const struct quoted *q,
					     const struct sl_tuple *to)
{
	struct iphdr old, new;
	__u32 from_sum, to_sum;

	if (bpf_skb_load_bytes(ctx, q->l3_off, &old, sizeof(old)))
		return -1;
	new = old;
	new.saddr = to->source.w[3];
	new.daddr = to->destination.w[3];
	from_sum = csum_words(old.saddr) + csum_words(old.daddr);
	to_sum = csum_words(new.saddr) + csum_words(new.daddr);
	new.check = csum_apply(old.check, csum_delta(from_sum, to_sum));
	return replace_quoted(ctx, p, q->l3_off, &old, &new, sizeof(old));
}

static __always_inline int translate_quoted6(pkt_ctx *ctx, const struct pkt *p, const struct quoted *q,
					     const struct sl_tuple *to)
{
	struct sl_addr old[2], new[2];

	if (bpf_skb_load_bytes(ctx, q->l3_off + 8, old, sizeof(old)))
		return -1;
	new[0] = to->source;
	new[1] = to->destination;
	return replace_quoted(ctx, p, q->l3_off + 8, old, new, sizeof(old));
}

/* TCP's checksum stands behind the eight bytes that every quotation has; many quote more (RFC 1812 section 4.3.2.3). */
static __always_inline int translate_quoted_tcp(pkt_ctx *ctx, const struct pkt *p, const struct quoted *q,
						const struct sl_tuple *to)
{
	__u32 off = q->l4_off + offsetof(struct tcphdr, check);
	__be16 old[2], new[2]; /* checksum and urgent pointer: the helper sums whole words of four bytes */

	if (q->protocol != IPPROTO_TCP || off + sizeof(old) > (__u32)p->l3_off + p->bytes)
		return 0;
	if (bpf_skb_load_bytes(ctx, off, old, sizeof(old)))
		return -1;
	new[0] = csum_apply(old[0], delta_of_quoted(q, to));
	new[1] = old[1];
	return replace_quoted(ctx, p, off, old, new, sizeof(old));
}

static __always_inline int translate_quoted(pkt_ctx *ctx, const struct pkt *p, const struct quoted *q,
					    const struct sl_tuple *to)
{
	__be16 old[4], new[4];

	if (p->family == 4 ? translate_quoted4(ctx, p, q, to) : translate_quoted6(ctx, p, q, to))
		return -1;
	if (bpf_skb_load_bytes(ctx, q->l4_off, old, sizeof(old)))
		return -1;
	memcpy(new, old, sizeof(new));
	translate_words(q, to, new);
	if (replace_quoted(ctx, p, q->l4_off, old, new, sizeof(new)))
		return -1;
	return translate_quoted_tcp(ctx, p, q, to);
}

/* The error's own addresses: what the flow hides stays hidden, whichever router speaks. */
static __always_inline int translate_outer(pkt_ctx *ctx, struct scratch *s, struct pkt *p, const struct sl_flow *f,
					   const struct sl_tuple *out)
{
	struct sl_tuple *from = &s->revalidated, *to = &s->revalidated_original;
	struct sl_flow *w = &s->original;

	tuple_of(p, from);
	*to = *from;
	if (f->flags & SL_FLOW_NEW_SOURCE)
		to->source = out->source;
	if (f->flags & SL_FLOW_NEW_DESTINATION)
		to->destination = out->destination;
	memset(w, 0, sizeof(*w));
	sl_flow_set_out(w, to);
	w->flags = SL_FLOW_NEW_SOURCE | SL_FLOW_NEW_DESTINATION;
	w->address_delta = csum_delta(csum_tuple_addresses(from), csum_tuple_addresses(to));
	if (!(p->family == 4 ? rewrite4(ctx, p, w) : rewrite6(ctx, p, w)))
		return -1;
	if (p->family == 6 && w->address_delta)
		return bpf_l4_csum_replace(ctx, p->l4_off + p->check_off, 0, w->address_delta, BPF_F_PSEUDO_HDR);
	return 0;
}

enum { ICMP_ERROR_DROP, ICMP_ERROR_TO_HOST, ICMP_ERROR_GOES_ON };

static __always_inline int refuse_icmp_error(struct pkt *p, enum sl_drop_reason reason)
{
	p->reason = reason;
	return ICMP_ERROR_DROP;
}

static __always_inline int translate_error(pkt_ctx *ctx, struct scratch *s, struct pkt *p, const struct sl_flow *f)
{
	bool translated = f->flags & (SL_FLOW_NEW_SOURCE | SL_FLOW_NEW_DESTINATION);

	s->quoted.seqadj = seqadj_of_quoted(s->quoted.family, f);
	flow_out(f, s->quoted.family, &s->peer);
	if (f->flags & SL_FLOW_OTHER_FAMILY)
		return error_to_other_family(ctx, p);
	if (translate_outer(ctx, s, p, f, &s->peer))
		return -1;
	tuple_turn(&s->peer); /* the quotation runs the other way */
	return translated ? translate_quoted(ctx, p, &s->quoted, &s->peer) : 0;
}

/* An error goes to the sender of what it quotes, and claims no address that it cannot have; the gateway's own has one of its. */
static __always_inline int reason_to_refuse(pkt_ctx *ctx, struct scratch *s, const struct pkt *p)
{
	judgement_of_packet(&s->judgement, p);
	if (p->is & PKT_LINK_MANY)
		return SL_DROP_LINK_BROADCAST;
	if (!addr_equal(&s->judgement.in.destination, &s->quoted.tuple.source))
		return SL_DROP_ICMP_NO_FLOW;
	return ctx->mark == SLUICE_OWN_MARK ? SL_DROP_NONE : judge_source(ctx, &s->judgement);
}

/* ICMP_ERROR_GOES_ON: the packet is translated, and s->way is the row of the flow whose way it takes. */
__noinline int translate_icmp_error(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_flow *f;
	int rc;

	if (!s || !p)
		return ICMP_ERROR_DROP;
	if (!error_is_intact(ctx, p))
		return refuse_icmp_error(p, SL_DROP_BAD_CHECKSUM);
	memset(&s->quoted, 0, sizeof(s->quoted));
	if (read_quoted(ctx, p, &s->quoted))
		return refuse_icmp_error(p, SL_DROP_ICMP_NO_FLOW);
	s->tuple = s->quoted.tuple;
	tuple_turn(&s->tuple);
	s->way.row = flow_row(&s->tuple);
	s->way.turn = s->turn;
	f = flow_at(s->way.row, s->tuple.family);
	if (!f)
		return refuse_icmp_error(p, SL_DROP_ICMP_NO_FLOW);
	if (f->zone != p->zone)
		return refuse_icmp_error(p, SL_DROP_WRONG_ZONE);
	rc = reason_to_refuse(ctx, s, p);
	if (rc)
		return refuse_icmp_error(p, rc);
	if (f->flags & SL_FLOW_TO_HOST)
		return ICMP_ERROR_TO_HOST;
	if (p->ttl <= 1)
		return refuse_icmp_error(p, SL_DROP_TTL);
	if ((f->holds & SL_HOLDS_SIGNS) && is_unreachable(p))
		note_unreachable(f, s->tuple.protocol);
	rc = translate_error(ctx, s, p, f);
	return rc ? refuse_icmp_error(p, rc == NO_SUCH_ERROR ? SL_DROP_OTHER_FAMILY : SL_DROP_INTERNAL) :
		    ICMP_ERROR_GOES_ON;
}
