/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The complete implementation, at tc ingress of every managed interface, and the guard at tc egress: nothing passes
 * that the kernel forwarded by itself, and the gateway's own packets are judged, by the program of tc ingress.
 */
#include "bpf/base/ctx_tc.h"
#include "bpf/gateway.h"
#include "bpf/proto/vxlan.h"
#include "bpf/stage/receive_own.h"
#include "bpf/stage/tunnel.h"
#include "bpf/stage/outer.h"
#include "bpf/stage/answer_icmp.h"
#include "bpf/stage/answer_segment.h"
#include "bpf/stage/answer_reset.h"
#include "bpf/stage/syn_cookie.h"
#include "bpf/stage/shift.h"
#include "bpf/stage/trunk.h"
#include "bpf/stage/related.h"
#include "bpf/stage/park.h"
#include "bpf/stage/hold.h"
#include "bpf/stage/fragment_out.h"
#include "bpf/stage/flow_text.h"
#include "bpf/stage/question.h"
#include "bpf/stage/answer_vrf.h"
#include "bpf/stage/own.h"

/*
 * The program at tc ingress, for the one at egress: it judges what the gateway itself sends as well, so that the verifier
 * reads all of that once.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
	PINNED;
} ingress_program SEC(".maps");

/* The kernel's neighbour code asks for the MAC and makes the frame. */
static __always_inline verdict send_by_neighbour(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	if ((f->flags & SL_FLOW_PROXIED) && !shift_numbers(ctx, p, f))
		return drop(p, SL_DROP_INTERNAL);
	ctx->mark = SLUICE_MARK;
	p->action = bpf_redirect_neigh(f->ifindex, NULL, 0, 0);
	return SL_V_FORWARDED;
}

/* Past the VLAN's device, which would do the same. */
static __always_inline verdict send_tagged(pkt_ctx *ctx, struct pkt *p, const struct sl_flow *f)
{
	return give_to_trunk(ctx, p, f->ifindex) ? SL_V_FORWARDED : drop(p, SL_DROP_INTERNAL);
}

static __always_inline verdict send(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	bool to_link = f->flags & SL_FLOW_LINK, from_link = p->dev & SL_IF_ETHERNET;

	if (!(f->flags & SL_FLOW_RESOLVED) || (to_link && !from_link))
		return send_by_neighbour(ctx, p, f);
	if (to_link && !write_macs(ctx, f))
		return drop(p, SL_DROP_INTERNAL);
	if (f->flags & SL_FLOW_TAGGED)
		return send_tagged(ctx, p, f);
	ctx->mark = SLUICE_MARK;
	p->action = bpf_redirect(f->ifindex, 0);
	return SL_V_FORWARDED;
}

static __always_inline verdict icmp_error(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	struct sl_flow *f;

	if (!s)
		return drop(p, SL_DROP_INTERNAL);
	switch (related(ctx, p)) {
	case RELATED_TO_HOST:
		return SL_V_TO_HOST;
	case RELATED_FORWARD:
		break;
	default:
		return drop(p, p->reason);
	}
	f = flow_at(s->way.row, s->tuple.family);
	if (!f)
		return drop(p, SL_DROP_ICMP_NO_FLOW);
	STAGE_EXCEPT(SL_V_FORWARDED, send(ctx, p, f));
	return row_still_has(s->way.row, s->way.turn, s->tuple.family) ? SL_V_FORWARDED : drop(p, SL_DROP_ICMP_NO_FLOW);
}

static __always_inline verdict to_host(pkt_ctx *ctx, struct pkt *p, const struct found *found)
{
	struct sl_flow *f = found->flow;

	STAGE(pieces(ctx, p, f));
	STAGE(limit(ctx, p, f));
	count_in_flow(f, p);
	if (p->protocol == IPPROTO_UDP && !(p->is & PKT_LATER_FRAGMENT)) {
		int rc = note_question(p);

		if (rc)
			return drop(p, rc);
	}
	return still_of_flow(p, found, SL_V_TO_HOST);
}

static __always_inline verdict gateway(pkt_ctx *ctx, struct pkt *p)
{
	struct eth_type type = {};
	struct found found;
	struct sl_flow *f;

	STAGE(receive(ctx, p, &type));
	STAGE(parse(ctx, p, type));
	STAGE(admit(p));
	if (may_be_tunnelled(p) && is_outer(ctx, p, OUTER_RECEIVED))
		return SL_V_TO_HOST;
	if (p->is & PKT_ICMP_ERROR)
		return icmp_error(ctx, p);
	STAGE(flow(ctx, p, &found));
	f = found.flow;
	if (f->flags & SL_FLOW_TO_HOST)
		return to_host(ctx, p, &found);
	STAGE(forwardable(p, f));
	STAGE(pieces(ctx, p, f));
	STAGE(limit(ctx, p, f));
	count_in_flow(f, p);
	STAGE(rewrite(ctx, p, f));
	STAGE_EXCEPT(SL_V_FORWARDED, send(ctx, p, f));
	return still_of_flow(p, &found, SL_V_FORWARDED);
}

static __always_inline bool answer(pkt_ctx *ctx, struct pkt *p)
{
	if (p->answer == ANSWER_REJECT && p->protocol == IPPROTO_TCP)
		return answer_reset(ctx, p);
	return answer_icmp(ctx, p);
}

/* What happens to a packet that is not simply dropped. */
static __always_inline verdict instead_of_drop(pkt_ctx *ctx, struct pkt *p)
{
	switch (p->answer) {
	case ANSWER_NONE:
		return SL_V_DROPPED;
	case ANSWER_PARK:
		return park(ctx, p);
	default:
		break;
	}
	if (!has_right_header(ctx, p))
		return drop(p, SL_DROP_BAD_HEADER);
	switch (p->answer) {
	case ANSWER_PIECES:
		return send_in_pieces(ctx, p);
	case ANSWER_COOKIE:
		return answer_by_cookie(ctx, p) ? SL_V_ANSWERED : SL_V_DROPPED;
	case ANSWER_ACK:
		return answer_by_ack(ctx, p) ? SL_V_FORWARDED : SL_V_DROPPED;
	default:
		return answer(ctx, p) ? SL_V_ANSWERED : SL_V_DROPPED;
	}
}

SEC("tc")
int sluice_ingress(struct __sk_buff *ctx)
{
	struct pkt p = {};
	verdict v;

	if (is_own(ctx)) {
		v = guard(ctx, &p);
		count(&p, v, false);
		if (!may_leave(v))
			return TC_ACT_SHOT;
		return p.action ? p.action : TC_ACT_UNSPEC;
	}
	v = gateway(ctx, &p);
	if (v == SL_V_TO_TRUNK)
		return give_to_trunk(ctx, &p, p.ifindex) ? p.action : TC_ACT_SHOT;
	if (v == SL_V_DROPPED)
		v = instead_of_drop(ctx, &p);
	count(&p, v, true);
	switch (v) {
	case SL_V_FORWARDED:
		if (p.dev & SL_IF_QUEUED)
			ctx->priority = SL_QUEUE(p.vrf);
		return p.action;
	case SL_V_ANSWERED:
		return p.action;
	case SL_V_TO_HOST:
		if (p.vrf != SL_MAIN_VRF)
			ctx->mark = SL_VRF_MARK(p.vrf);
		return TC_ACT_UNSPEC;
	case SL_V_IGNORED:
		if (!p.action)
			return TC_ACT_UNSPEC;
		return give_to_vlan(ctx, &p) ? p.action : TC_ACT_SHOT;
	default: /* what is put off as well: a copy waits, and tcx takes "stolen" for "let others look at it" */
		return TC_ACT_SHOT;
	}
}

SEC("tc")
int sluice_egress(struct __sk_buff *ctx)
{
	struct pkt p = {};
	verdict v;

	if (ctx->mark == SLUICE_MARK) { /* judged and counted where it came in */
		ctx->mark = 0;
		return TC_ACT_UNSPEC;
	}
	if (is_own(ctx))
		bpf_tail_call(ctx, &ingress_program, 0);
	v = past(ctx, &p);
	count(&p, v, false);
	return may_leave(v) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

/* The packet path's clock, for user space: jiffies in mark. */
SEC("tc")
int sluice_clock(struct __sk_buff *ctx)
{
	ctx->mark = bpf_jiffies64();
	ctx->priority = describe_types();
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
