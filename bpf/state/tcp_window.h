/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which TCP packets the two sides can have sent (RFC 9293 section 3.4, RFC 5961), after the four bounds
 * of G. van Rooij, "Real stateful TCP packet filtering in IP Filter", 2001. Each direction's entry says
 * how far it has sent (tcp_end) and acknowledged (tcp_ack). Sequence numbers wrap: only differences mean
 * something.
 */
#pragma once

#include "bpf/base/types.h"

#include "maps/flow.h"

/*
 * As far from the last packet of its direction a packet may be without a look at the other direction:
 * one super-packet of segmentation offload. To hit it twice, with both numbers, a forger who sees
 * nothing needs a thousand million packets.
 */
#define TCP_SPAN 0x10000u

static __always_inline bool is_after(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

/* What every TCP packet of an established flow costs: it goes on where the last one ended, and says so. */
static __always_inline bool tcp_goes_on(struct sl_flow *f, const struct pkt *p)
{
	__u32 sent = p->tcp_end - f->tcp_end, acked = p->tcp_ack - f->tcp_ack;

	if (sent + TCP_SPAN > 2 * TCP_SPAN || acked + TCP_SPAN > 2 * TCP_SPAN)
		return false;
	if ((__s32)sent > 0)
		f->tcp_end = p->tcp_end;
	if ((__s32)acked > 0)
		f->tcp_ack = p->tcp_ack;
	return true;
}

/*
 * An empty acknowledgement of what was acknowledged before. It may be the answer to a forged segment, so it
 * keeps nothing alive. Probes and keepalives do: they come before what is next (RFC 9293 section 3.8.4).
 */
static __always_inline bool tcp_repeats(const struct sl_flow *f, const struct pkt *p)
{
	const __u8 known = SL_TCP_SEEN | SL_TCP_ACKED;

	return (p->is & PKT_TCP) && (p->tcp_flags & TCP_CONTROL) == TCP_ACK && (f->tcp_flags & known) == known &&
	       p->tcp_seq == p->tcp_end && p->tcp_end == f->tcp_end && p->tcp_ack == f->tcp_ack;
}

/* The widest window that this side can offer: 16 bits, scaled as its SYN said (RFC 7323 section 2). */
static __always_inline __u32 widest_window(const struct sl_flow *f)
{
	return 0xffffu << (f->tcp_scale & 15);
}

/* Within what the receiver offers, and not older than what it may still miss. */
static __always_inline bool data_in_window(const struct sl_flow *f, const struct sl_flow *peer, const struct pkt *p)
{
	__u32 window = widest_window(peer);

	if ((peer->tcp_flags & SL_TCP_ACKED) && is_after(p->tcp_seq, peer->tcp_ack + window))
		return false;
	return !(f->tcp_flags & SL_TCP_SEEN) || !is_after(f->tcp_end - window - 1, p->tcp_end);
}

/* Nobody acknowledges what was not sent (RFC 5961 section 5). */
static __always_inline bool ack_in_window(const struct sl_flow *f, const struct sl_flow *peer, const struct pkt *p)
{
	if (!(peer->tcp_flags & SL_TCP_SEEN))
		return true;
	return !is_after(p->tcp_ack, peer->tcp_end) &&
	       !is_after(peer->tcp_end - widest_window(f) - TCP_SPAN, p->tcp_ack);
}

static __always_inline bool tcp_in_window(const struct sl_flow *f, const struct sl_flow *peer, const struct pkt *p)
{
	return data_in_window(f, peer, p) && ack_in_window(f, peer, p);
}

/* An answer to a SYN acknowledges it, and what Fast Open sent with it or a part of that (RFC 7413). */
static __always_inline bool answers_syn(const struct sl_flow *peer, const struct pkt *p)
{
	return !(peer->tcp_flags & SL_TCP_SEEN) || ((p->tcp_flags & TCP_ACK) && peer->tcp_end - p->tcp_ack < TCP_SPAN);
}

/*
 * RFC 5961 section 3: only the very next number resets; a receiver asks about any other one in its
 * window, and the answer to that is exact. What is next is known from what the receiver acknowledged,
 * and from what the sender sent, which may not have been acknowledged yet.
 */
static __always_inline bool reset_is_exact(const struct sl_flow *f, const struct sl_flow *peer, const struct pkt *p)
{
	if (f->state == SL_FLOW_HALF_OPEN && !(f->tcp_flags & SL_TCP_SEEN))
		return answers_syn(peer, p); /* refused (RFC 9293 section 3.10.7.3) */
	if ((peer->tcp_flags & SL_TCP_ACKED) && p->tcp_seq == peer->tcp_ack)
		return true;
	if (f->tcp_flags & SL_TCP_SEEN)
		return p->tcp_seq == f->tcp_end;
	return data_in_window(f, peer, p); /* of a flow that another engine carried until now */
}

static __always_inline __u32 microseconds_now(void)
{
	return bpf_ktime_get_ns() / 1000;
}

/* What is not acknowledged has room for a time (flow/connect_time.h). A SYN that stands for a cookie is one that acknowledges. */
static __always_inline bool has_acknowledgement(const struct sl_flow *f, const struct pkt *p)
{
	return (p->tcp_flags & TCP_ACK) || (f->flags & SL_FLOW_SYNPROXY);
}

/* A SYN that is believed: numbers start with it. */
static __always_inline void tcp_begin(struct sl_flow *f, struct pkt *p)
{
	f->tcp_end = p->tcp_end + 1;
	f->tcp_ack = has_acknowledgement(f, p) ? p->tcp_ack : microseconds_now();
	f->tcp_flags = SL_TCP_SYN | SL_TCP_SEEN;
	if (p->tcp_flags & TCP_ACK)
		f->tcp_flags |= SL_TCP_SYN_ACK | SL_TCP_ACKED;
	p->is |= PKT_OPENS;
}

/* Remembers how far this side has come. Whether that is further than before. */
static __always_inline bool tcp_note(struct sl_flow *f, const struct pkt *p)
{
	__u32 end = p->tcp_end + !!(p->tcp_flags & TCP_FIN);
	bool further = !(f->tcp_flags & SL_TCP_SEEN) || is_after(end, f->tcp_end);
	bool acked = !(f->tcp_flags & SL_TCP_ACKED) || is_after(p->tcp_ack, f->tcp_ack);

	if (further)
		f->tcp_end = end;
	if (acked)
		f->tcp_ack = p->tcp_ack;
	f->tcp_flags |= SL_TCP_SEEN | SL_TCP_ACKED;
	return further || acked;
}

/* The first packet of a flow; the gateway's own connections may be older than sluice. */
__noinline int tcp_first(struct sl_flow *f, struct pkt *p)
{
	if (!f || !p || !(p->is & PKT_TCP))
		return 0;
	if (p->tcp_flags & TCP_SYN)
		tcp_begin(f, p);
	else if (p->tcp_flags & TCP_ACK)
		tcp_note(f, p);
	return 0;
}
