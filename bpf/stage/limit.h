/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Limits: a packet passes when every limit that concerns its flow has room for it. Most flows have none, which
 * costs them one comparison. A first packet is asked before anything is made of it.
 */
#pragma once

static __always_inline void count_limited(__u32 object, const struct limited *what)
{
	struct sl_object_count *c = bpf_map_lookup_elem(&object_counters, &object);

	if (!c)
		return;
	__sync_fetch_and_add(&c->packets, what->packets);
	__sync_fetch_and_add(&c->bytes, what->bytes);
}

enum limit_answer { LIMIT_NOT_ASKED, LIMIT_TAKEN, LIMIT_MARKED, LIMIT_EXCEEDED };
enum limit_asked { LIMIT_EARLY = 1, LIMIT_LATE = 2 };

static __always_inline bool is_asked(const struct sl_limit *l, __u32 asked)
{
	return asked & (l->flags & SL_LIMIT_LATE ? LIMIT_LATE : LIMIT_EARLY);
}

/* Takes what scratch's packet costs from one limit. */
__noinline int take_from(__u32 number, __u32 asked)
{
	struct scratch *s = scratch_get();
	struct sl_bucket *b;
	struct sl_limit *l;

	if (!s)
		return LIMIT_EXCEEDED;
	l = limit_find(s->limited.version, number);
	if (!l || !is_asked(l, asked))
		return LIMIT_NOT_ASKED;
	b = bucket_of(s, l);
	if (b && bucket_take(b, s->limited.now, cost_of(s, l), l->burst))
		return LIMIT_TAKEN;
	count_limited(l->exceeded, &s->limited);
	if (!(l->flags & SL_LIMIT_MARKS))
		return LIMIT_EXCEEDED;
	s->limited.marks = l->dscp + 1;
	return LIMIT_MARKED;
}

/* The end of it: another limit had no room, or all had. */
__noinline int settle_with(__u32 number, __u32 passes)
{
	struct scratch *s = scratch_get();
	struct sl_limit *l = s ? limit_find(s->limited.version, number) : NULL;
	struct sl_bucket *b;

	if (!l)
		return 0;
	if (passes) {
		count_limited(l->passed, &s->limited);
		return 0;
	}
	b = bucket_of(s, l);
	if (b)
		bucket_give_back(b, cost_of(s, l));
	return 0;
}

/* `list` is four numbers of 16 bits. 0: the packet may pass. */
static __always_inline int take_from_all(__u64 list, __u32 asked)
{
	__u32 taken = 0, exceeded = 0;
	int i;

	for (i = 0; i < SL_LIMITS_PER_FLOW && !exceeded; i++) {
		__u32 number = list >> 16 * i & 0xffff;

		if (!number)
			break;
		switch (take_from(number, asked)) {
		case LIMIT_TAKEN:
			taken |= 1 << i;
			break;
		case LIMIT_EXCEEDED:
			exceeded = 1;
		}
	}
	for (i = 0; i < SL_LIMITS_PER_FLOW; i++)
		if (taken >> i & 1)
			settle_with(list >> 16 * i & 0xffff, !exceeded);
	return exceeded;
}

static __always_inline __u64 list_of(const __u16 *numbers)
{
	return (__u64)numbers[3] << 48 | (__u64)numbers[2] << 32 | (__u64)numbers[1] << 16 | numbers[0];
}

static __always_inline __u32 header_bytes(const struct pkt *p)
{
	__u32 headers = p->l4_off - p->l3_off;

	if (p->is & PKT_TCP)
		return p->bytes - (p->tcp_end - p->tcp_seq);
	return headers + sizeof(struct udphdr);
}

/* A super-packet costs what its packets will, each with headers of its own. */
static __always_inline void note_cost(pkt_ctx *ctx, const struct pkt *p, struct limited *what)
{
	__u32 size = ctx_segment(ctx), segments = ctx_segments(ctx), headers = header_bytes(p);

	what->now = bpf_ktime_get_ns() << SL_LIMIT_TIME_SHIFT;
	what->packets = 1;
	what->bytes = p->bytes;
	what->marks = 0;
	if (!size || p->bytes <= headers)
		return;
	if (!segments) /* not every driver says how many */
		segments = (p->bytes - headers + size - 1) / size;
	what->packets = segments;
	what->bytes += (segments - 1) * headers;
}

static __always_inline void note_first(const struct judgement *j, struct limited *what)
{
	what->source = j->in.source;
	what->destination = j->out.destination;
	what->vrf = j->in.vrf;
	what->family = j->in.family;
	what->version = j->version;
}

/* A packet that opens a flow, which was accepted: SL_DROP_NONE or SL_DROP_OVER_LIMIT. */
__noinline int limit_first(pkt_ctx *ctx, struct pkt *p, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_limit_row *row;
	__u32 number;

	if (!s || !p || !j)
		return SL_DROP_INTERNAL;
	number = find_limits(j);
	row = number ? rules_find(&limit_rows, j->version, &number) : NULL;
	j->limits = number;
	if (!row || !row->original[0])
		return SL_DROP_NONE;
	note_cost(ctx, p, &s->limited);
	note_first(j, &s->limited);
	return take_from_all(list_of(row->original), LIMIT_EARLY) ? SL_DROP_OVER_LIMIT : SL_DROP_NONE;
}

/* Whose packet it is: who began the flow, and to whom, whichever way the packet goes. */
static __always_inline void note_flow(const struct pkt *p, const struct sl_flow *f, struct limited *what)
{
	bool reply = f->flags & SL_FLOW_REPLY;
	struct sl_addr *here = reply ? &what->destination : &what->source;
	struct sl_addr *there = reply ? &what->source : &what->destination;

	if (p->family == 4) {
		addr_from4(here, p->key.v4.source);
		addr_from4(there, f->destination4);
	} else {
		addr_from6(here, p->key.v6.source);
		addr_from6(there, f->destination6);
	}
	if (reply)
		what->source_port = f->destination_port;
	else
		what->source_port = p->family == 4 ? p->key.v4.source_port : p->key.v6.source_port;
	what->slot = f->slot;
	what->vrf = reply ? f->vrf : p->vrf; /* where the flow began */
	what->family = p->family;
	what->version = p->version;
}

#define DSCP_OF_WORD4 bpf_htons(0x00fc) /* in the first two bytes of the header; the rest is the ECN field's */
#define DSCP_OF_WORD6 bpf_htons(0x0fc0)

static __always_inline bool set_dscp(pkt_ctx *ctx, const struct pkt *p, __u16 dscp)
{
	__be16 *word = __hdr_at(ctx, p->l3_off, sizeof(struct iphdr)), was;

	if (!word)
		return false;
	was = *word;
	if (p->family == 4) {
		struct iphdr *ip = (void *)word;

		*word = (was & ~DSCP_OF_WORD4) | bpf_htons(dscp << 2);
		ip->check = csum_apply(ip->check, csum_delta(was, *word));
	} else {
		*word = (was & ~DSCP_OF_WORD6) | bpf_htons(dscp << 6);
	}
	return true;
}

static __always_inline int limit_way(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f, struct scratch *s,
				     const __u16 *numbers)
{
	__u32 asked = !(f->flags & SL_FLOW_REPLY) && !f->packets ? LIMIT_LATE : LIMIT_EARLY | LIMIT_LATE;

	if (!numbers[0])
		return SL_DROP_NONE;
	note_cost(ctx, p, &s->limited);
	if (take_from_all(list_of(numbers), asked))
		return SL_DROP_OVER_LIMIT;
	if (s->limited.marks && !set_dscp(ctx, p, s->limited.marks - 1))
		return SL_DROP_INTERNAL;
	return SL_DROP_NONE;
}

/* The first packet of a flow has paid where the flow was made, but to those that had to wait for it. */
__noinline int limit_packet(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	struct scratch *s = scratch_get();
	struct sl_limit_row *row;
	__u32 number;
	__u64 there;
	bool reply;
	int rc;

	if (!s || !p || !f)
		return SL_DROP_INTERNAL;
	number = f->limits;
	row = rules_find(&limit_rows, p->version, &number);
	if (!row)
		return SL_DROP_NONE;
	reply = f->flags & SL_FLOW_REPLY;
	note_flow(p, f, &s->limited);
	rc = limit_way(ctx, p, f, s, reply ? row->reply : row->original);
	there = list_of(reply ? row->original : row->reply);
	if (rc || !there || !acknowledges(p))
		return rc;
	return hold_window(ctx, p, f, there) ? SL_DROP_NONE : SL_DROP_INTERNAL;
}

static __always_inline verdict limit(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	int rc = f->limits ? limit_packet(ctx, p, f) : SL_DROP_NONE;

	return rc ? drop(p, rc) : SL_V_NEXT;
}
