/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the packets of both directions say about a flow's state (RFC 9293, RFC 5382, RFC 5961).
 * Called for packets that can change it: answers to half-open flows, and TCP with SYN, FIN or RST.
 */
#pragma once

static __always_inline void set_state(struct sl_flow *a, struct sl_flow *b, __u8 state)
{
	a->state = state;
	b->state = state;
}

/* Only what the receiver would take as the next byte, or within what it offered, closes a flow. */
static __always_inline bool in_window(const struct pkt *p, const struct sl_flow *peer)
{
	__u32 ahead = p->tcp_seq - peer->tcp_ack;
	__u32 window = peer->tcp_window ? peer->tcp_window : 1;

	return ahead <= window;
}

static __always_inline void track_syn(struct sl_flow *f, struct sl_flow *peer, const struct pkt *p)
{
	if (p->tcp_flags & TCP_ACK) {
		f->tcp_flags |= SL_TCP_SYN_ACK;
		return;
	}
	if (f->state == SL_FLOW_CLOSING) { /* the same ports again, after a close */
		set_state(f, peer, SL_FLOW_HALF_OPEN);
		f->tcp_flags = 0;
		peer->tcp_flags = 0;
		f->tcp_ack = 0; /* the numbers start anew, anywhere */
		peer->tcp_ack = 0;
	}
}

static __always_inline void track_end(struct sl_flow *f, struct sl_flow *peer, const struct pkt *p)
{
	if (f->state == SL_FLOW_HALF_OPEN && (p->tcp_flags & TCP_RST)) {
		set_state(f, peer, SL_FLOW_CLOSING); /* refused before it began */
		return;
	}
	if (!in_window(p, peer))
		return;
	if (p->tcp_flags & TCP_FIN)
		f->tcp_flags |= SL_TCP_FIN;
	set_state(f, peer, SL_FLOW_CLOSING);
}

static __always_inline void track_tcp(struct sl_flow *f, struct sl_flow *peer, const struct pkt *p)
{
	if (p->tcp_flags & TCP_SYN)
		track_syn(f, peer, p);
	else if (p->tcp_flags & (TCP_FIN | TCP_RST))
		track_end(f, peer, p);
	else if (f->state == SL_FLOW_HALF_OPEN && (p->tcp_flags & TCP_ACK) && (peer->tcp_flags & SL_TCP_SYN_ACK))
		set_state(f, peer, SL_FLOW_ESTABLISHED);
	else if (f->state == SL_FLOW_HALF_OPEN && (f->flags & SL_FLOW_REPLY) && f->packets && !f->tcp_flags)
		set_state(f, peer, SL_FLOW_ESTABLISHED); /* picked up in the middle (gateway's own connections) */
}

static __always_inline void track(struct sl_flow *f, struct sl_flow *peer, const struct pkt *p)
{
	if (p->protocol == IPPROTO_TCP)
		track_tcp(f, peer, p);
	else if (f->state == SL_FLOW_HALF_OPEN && (f->flags & SL_FLOW_REPLY))
		set_state(f, peer, SL_FLOW_ESTABLISHED);
}

/* On every TCP packet: what this side has acknowledged and offers. Windows scale by at most 14 (RFC 7323). */
static __always_inline void note_tcp(struct sl_flow *f, const struct pkt *p)
{
	__u32 window;

	if (!(p->tcp_flags & TCP_ACK))
		return;
	if (!f->tcp_ack || (__s32)(p->tcp_ack - f->tcp_ack) > 0)
		f->tcp_ack = p->tcp_ack;
	window = (__u32)p->tcp_window << f->tcp_scale;
	if (f->tcp_window != window)
		f->tcp_window = window;
}

static __always_inline __u32 timeout_of(const struct sl_config *c, __u8 protocol, __u8 state)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return c->timeout[state == SL_FLOW_ESTABLISHED ? SL_TIMEOUT_TCP_ESTABLISHED :
								 SL_TIMEOUT_TCP_TRANSITORY];
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return c->timeout[state == SL_FLOW_HALF_OPEN ? SL_TIMEOUT_UDP_ONE_WAY : SL_TIMEOUT_UDP];
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return c->timeout[SL_TIMEOUT_ICMP];
	default:
		return c->timeout[SL_TIMEOUT_OTHER];
	}
}

static __always_inline bool may_change_state(const struct sl_flow *f, const struct pkt *p)
{
	if (p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST))
		return true;
	return f->state == SL_FLOW_HALF_OPEN && ((f->flags & SL_FLOW_REPLY) || p->protocol == IPPROTO_TCP);
}
