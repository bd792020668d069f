/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the packets of both directions say about a flow's state (RFC 9293, RFC 5382, RFC 7857). Called
 * for packets that can change it, and for TCP whose numbers do not go on where the last packet ended.
 */
#pragma once

#include "bpf/base/types.h"
#include "bpf/state/tcp_window.h"

#include "maps/flow.h"

static __always_inline void set_state(struct sl_flow *a, struct sl_flow *b, __u8 state)
{
	a->state = state;
	b->state = state;
}

/* Nothing changes such a flow any more (bpf/flow/over.h). */
static __always_inline bool is_over(const struct sl_flow *f)
{
	return f->state == SL_FLOW_OVER || f->state == SL_FLOW_TOLD;
}

/* The packet asks for a connection, and for nothing else. */
static __always_inline bool is_syn_alone(const struct pkt *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

static __always_inline bool on_syn_ack(struct sl_flow *f, struct sl_flow *peer, struct pkt *p)
{
	if (f->state != SL_FLOW_HALF_OPEN)
		return tcp_in_window(f, peer, p); /* sent again */
	if (!answers_syn(peer, p))
		return false;
	tcp_begin(f, p);
	if (peer->tcp_flags & SL_TCP_SYN_ACK) /* both opened at once (RFC 9293 section 3.5) */
		set_state(f, peer, SL_FLOW_ESTABLISHED);
	return true;
}

/* A SYN into a live connection opens nothing: its receiver asks the sender first (RFC 5961 section 4). */
static __always_inline bool on_syn(struct sl_flow *f, struct sl_flow *peer, struct pkt *p)
{
	if (p->tcp_flags & TCP_ACK)
		return on_syn_ack(f, peer, p);
	if (f->state == SL_FLOW_ESTABLISHED)
		return false;
	if (f->state == SL_FLOW_CLOSING) { /* the same ports again, after a close */
		set_state(f, peer, SL_FLOW_HALF_OPEN);
		peer->tcp_flags = 0; /* the numbers start anew, anywhere */
	}
	if ((peer->tcp_flags & SL_TCP_SYN_ACK) && peer->tcp_ack != p->tcp_end + 1)
		return false; /* another one than was answered */
	tcp_begin(f, p);
	return true;
}

static __always_inline bool on_reset(struct sl_flow *f, struct sl_flow *peer, const struct pkt *p)
{
	if (!reset_is_exact(f, peer, p))
		return false;
	f->tcp_flags |= SL_TCP_RST;
	set_state(f, peer, SL_FLOW_CLOSING);
	return true;
}

static __always_inline bool both_sent(const struct sl_flow *f, const struct sl_flow *peer, __u8 what)
{
	return f->tcp_flags & peer->tcp_flags & what;
}

/* Nobody's SYN was seen: the gateway's own connection is older than sluice. */
static __always_inline bool is_picked_up(const struct sl_flow *f, const struct sl_flow *peer)
{
	return (f->flags & SL_FLOW_REPLY) && f->packets && !((f->tcp_flags | peer->tcp_flags) & SL_TCP_SYN);
}

/*
 * One FIN leaves the other direction open, for as long as it likes; two close (RFC 7857 section 2).
 * Whoever goes on after his own reset is alive: it was somebody else's (RFC 6146 section 3.5.2.2).
 */
static __always_inline void on_progress(struct sl_flow *f, struct sl_flow *peer, bool news)
{
	if (f->state == SL_FLOW_HALF_OPEN && ((peer->tcp_flags & SL_TCP_SYN_ACK) || is_picked_up(f, peer)))
		set_state(f, peer, SL_FLOW_ESTABLISHED);
	if ((f->tcp_flags & SL_TCP_RST) && news) {
		f->tcp_flags &= ~SL_TCP_RST;
		set_state(f, peer, SL_FLOW_ESTABLISHED);
	}
	if (f->state == SL_FLOW_ESTABLISHED && both_sent(f, peer, SL_TCP_FIN))
		set_state(f, peer, SL_FLOW_CLOSING);
}

static __always_inline bool update_tcp_state(struct sl_flow *f, struct sl_flow *peer, struct pkt *p)
{
	bool news;

	if (p->tcp_flags & TCP_SYN)
		return on_syn(f, peer, p);
	if (p->tcp_flags & TCP_RST)
		return on_reset(f, peer, p);
	if (!(p->tcp_flags & TCP_ACK) || !tcp_in_window(f, peer, p))
		return false;
	news = tcp_note(f, p);
	if ((p->tcp_flags & TCP_FIN) && f->tcp_end == p->tcp_end + 1) /* behind all that this side has sent */
		f->tcp_flags |= SL_TCP_FIN;
	on_progress(f, peer, news);
	return true;
}

/* Whether the packet counts; one that neither side can have sent changes nothing and keeps nothing alive. */
static __always_inline bool update_state(struct sl_flow *f, struct sl_flow *peer, struct pkt *p)
{
	if (p->is & PKT_TCP)
		return update_tcp_state(f, peer, p);
	if (f->state == SL_FLOW_HALF_OPEN && (f->flags & SL_FLOW_REPLY) && p->protocol != IPPROTO_TCP)
		set_state(f, peer, SL_FLOW_ESTABLISHED);
	return true;
}

static __always_inline bool may_change_state(const struct sl_flow *f, const struct pkt *p)
{
	if (p->is & PKT_TCP)
		return (p->tcp_flags & TCP_CONTROL) != TCP_ACK || f->state != SL_FLOW_ESTABLISHED;
	return f->state == SL_FLOW_HALF_OPEN && (f->flags & SL_FLOW_REPLY);
}
