/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What TCP may have in flight towards a limit of bytes. A bucket drops what exceeds, and TCP that loses whole windows
 * waits. So the acknowledgements that go back offer no larger window than fits the rate: the sender finds itself held by
 * its receiver and loses nothing, and no packet waits here. The window is the bucket's, so all connections that pay there
 * get the same. It begins when an eighth of the bucket is used, and goes up and down so that half of it is, or all but
 * 150 ms of a large one: with the ratio of the rate to what passes, and with how far the use is from there.
 *
 * The window never ends before what was sent already, so no sender sees one shrink below that (RFC 9293 section 3.8.6).
 * Where the scale of windows is not known, nothing is held.
 */
#pragma once

#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/ctx.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/limit/bucket.h"
#include "bpf/state/table.h"

#include "maps/flow.h"
#include "maps/limit.h"

#define MILLISECONDS(n) ((n)*1000000ULL << SL_LIMIT_TIME_SHIFT)
#define WINDOW_BEGINNING MILLISECONDS(20)    /* what is measured before there is a window */
#define WINDOW_ROUND MILLISECONDS(200)       /* from one change to the next; longer than most round trips */
#define WINDOW_ROUND_UNUSED MILLISECONDS(50) /* while nothing is used, because others went or the rate is another one */
#define WINDOW_GLIDE MILLISECONDS(50)
/* So much of a bucket is left unused at most: while it fills again after a burst, that is missing from the rate. */
#define WINDOW_UNUSED MILLISECONDS(150)
#define WINDOW_FORGOTTEN MILLISECONDS(3000)
#define WINDOW_MOST (1u << 30) /* RFC 7323 section 2.3 */
#define WINDOW_LEAST 2         /* packets: with one the receiver waits for another before it answers */

#define WINDOW_PACKET 1500 /* bytes, where it is not known how large they are */

#define ONE 1024 /* of factors */

static __always_inline bool acknowledges(const struct pkt *p)
{
	return (p->is & PKT_TCP) && (p->tcp_flags & (TCP_ACK | TCP_SYN | TCP_RST)) == TCP_ACK;
}

static __always_inline __u64 within(__u64 value, __u64 least, __u64 most)
{
	return value < least ? least : value > most ? most : value;
}

static __always_inline __u32 times(__u32 window, __u64 factor)
{
	return within((__u64)window * factor / ONE, 0, WINDOW_MOST);
}

/* A measurement that is over: time, what passed as time that it costs, and how far ahead of now the bucket is. */
struct window_measured {
	__u64 took, passed, used;
};

static __always_inline __u64 rate_to_passed(const struct window_measured *m)
{
	return m->took * ONE / (m->passed | 1);
}

/* From what the receiver offers, which a sender that is too fast may fill. */
static __always_inline __u32 first_window(const struct sl_limit *l, const struct window_measured *m, __u32 offered)
{
	if (m->used < l->burst / 8 || m->passed < m->took)
		return 0;
	return times(offered, within(rate_to_passed(m), ONE / 16, ONE));
}

/* As good as nothing: what passes is then not known from the bucket, but there is room. */
static __always_inline bool is_unused(const struct sl_limit *l, __u64 full_at, __u64 now)
{
	return full_at <= now + l->burst / 32;
}

static __always_inline __u32 next_window(const struct sl_limit *l, const struct window_measured *m, __u32 window)
{
	__u64 unused = within(l->burst / 2, 0, WINDOW_UNUSED), aim = l->burst - unused;

	window = times(window, (ONE + within(rate_to_passed(m), ONE * 3 / 5, ONE * 5 / 4)) / 2);
	if (m->used <= aim)
		return times(window, ONE + (aim - m->used) * (ONE / 8) / (aim | 1));
	if (m->used >= l->burst - unused / 4) /* packets are dropped, and how many more came is not known */
		return times(window, ONE * 3 / 4);
	return times(window, ONE - (m->used - aim) * (ONE / 8) / (unused | 1));
}

/* No step: the end of a window moves on with what is acknowledged, and would go back otherwise. */
static __always_inline __u32 glide(__u32 former, __u32 window, __u64 took)
{
	__u64 part = within(took / (WINDOW_GLIDE / ONE), 0, ONE);

	return former > window ? former - times(former - window, part) : window;
}

/* The bucket's window, after a look whether it is time for another one. */
static __always_inline __u32 window_of(struct sl_bucket *b, const struct sl_limit *l, __u64 now, __u32 offered,
				       __u32 least)
{
	__u64 since = *(volatile __u64 *)&b->since, full_at = *(volatile __u64 *)&b->full_at, mark = b->mark, round;
	__u32 window = *(volatile __u32 *)&b->window;
	struct window_measured m = { .took = now - since };
	bool unused;

	unused = is_unused(l, full_at, now);
	round = !window ? WINDOW_BEGINNING : unused ? WINDOW_ROUND_UNUSED : WINDOW_ROUND;
	if (now < since)
		return window;
	if (m.took < round || __sync_val_compare_and_swap(&b->since, since, now) != since)
		return window ? glide(b->former, window, m.took) : 0;
	m.used = full_at > now ? full_at - now : 0;
	m.passed = full_at > mark ? full_at - mark : 0;
	b->mark = full_at > now ? full_at : now;
	b->former = window ? window : offered;
	if (m.took > WINDOW_FORGOTTEN)
		window = 0;
	else if (!window)
		window = first_window(l, &m, offered);
	else
		window = unused ? times(window, ONE * 3 / 2) : next_window(l, &m, window);
	if (window && window < least)
		window = least;
	b->window = window >= WINDOW_MOST ? 0 : window;
	return window ? b->former : 0;
}

/* What one limit says; 0: nothing. */
__noinline __u32 window_within(struct limited *what, __u32 number, __u32 offered, __u32 least)
{
	struct scratch *s = scratch_get();
	struct sl_bucket *b;
	struct sl_limit *l;

	if (!s || !what)
		return 0;
	l = limit_find(what->version, number);
	if (!l || !(l->flags & SL_LIMIT_BYTES) || (l->flags & SL_LIMIT_MARKS))
		return 0;
	b = bucket_of(s, what, l, false);
	return b ? window_of(b, l, what->now, offered, least) : 0;
}

static __always_inline bool write_window(pkt_ctx *ctx, const struct pkt *p, __u16 most)
{
	struct tcphdr *tcp = hdr_at(ctx, p->l4_off, struct tcphdr);
	__be16 was, is = bpf_htons(most);

	if (!tcp)
		return false;
	was = tcp->window;
	if (bpf_ntohs(was) <= most)
		return true;
	tcp->window = is;
	return ctx_fix_plain_checksum(ctx, p->l4_off + p->check_off, csum_delta(was, is));
}

static __always_inline __u32 offered_window(pkt_ctx *ctx, const struct pkt *p, __u8 scale)
{
	struct tcphdr *tcp = hdr_at(ctx, p->l4_off, struct tcphdr);

	return tcp ? bpf_ntohs(tcp->window) << (scale & 15) : 0;
}

/* The scale of the windows offered in this direction is used where both sides said one (RFC 7323 section 2.2). */
static __always_inline int scale_of(const struct sl_flow *f, const struct sl_flow *peer)
{
	if (!(peer->tcp_flags & SL_TCP_SEEN) || f->tcp_scale >= SL_TCP_SCALE_MAX || peer->tcp_scale >= SL_TCP_SCALE_MAX)
		return -1;
	return peer->tcp_scale ? f->tcp_scale : 0;
}

/* `list` is of the limits that hold the other direction, four numbers of 16 bits. */
__noinline int hold_window(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f, __u64 list)
{
	__u32 offered, window, flight, least, i;
	struct scratch *s = scratch_get();
	struct sl_flow *peer;
	int scale;

	if (!s || !p || !f || !p->check_off)
		return 1;
	tuple_of(p, &s->revalidated);
	tuple_of_peer(&s->revalidated, f, &s->peer);
	peer = flow_find(&s->peer);
	scale = peer ? scale_of(f, peer) : -1;
	if (scale < 0)
		return 1;
	s->limited.now = bpf_ktime_get_ns() << SL_LIMIT_TIME_SHIFT;
	flight = peer->tcp_end - p->tcp_ack; /* what has come by here of it */
	offered = window = offered_window(ctx, p, scale);
	least = WINDOW_LEAST * (p->mtu_in ? p->mtu_in : WINDOW_PACKET);
	for (i = 0; i < SL_LIMITS_PER_FLOW; i++) {
		__u32 number = list >> 16 * i & 0xffff, one;

		one = number ? window_within(&s->limited, number, offered, least) : 0;
		if (one && one < window)
			window = one;
	}
	if (flight < WINDOW_MOST && window < flight)
		window = flight;
	if (window >= offered)
		return 1;
	return write_window(ctx, p, (window + (1u << (scale & 15)) - 1) >> (scale & 15));
}
