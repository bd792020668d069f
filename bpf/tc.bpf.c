/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The complete implementation, at tc ingress of every managed interface, and the guard at tc egress: nothing passes
 * that the kernel forwarded by itself, and the gateway's own packets are judged, by the program of tc ingress. That is
 * on lo as well, for the kernel's own errors.
 */
#include "bpf/base/ctx_tc.h"
#include "bpf/base/count.h"
#include "bpf/base/endpoint.h"
#include "bpf/base/maps.h"
#include "bpf/base/patch_room.h"
#include "bpf/base/types.h"
#include "bpf/capture/departure.h"
#include "bpf/family/suits.h"
#include "bpf/icmp/own_error.h"
#include "bpf/output/sender.h"
#include "bpf/output/trunk.h"
#include "bpf/path/admit.h"
#include "bpf/path/egress.h"
#include "bpf/path/flow.h"
#include "bpf/path/icmp_error.h"
#include "bpf/path/instead_of_drop.h"
#include "bpf/path/limit.h"
#include "bpf/path/parse.h"
#include "bpf/path/pieces_tc.h"
#include "bpf/path/receive.h"
#include "bpf/path/rewrite.h"
#include "bpf/path/routable.h"
#include "bpf/path/to_host.h"
#include "bpf/path/transmit_tc.h"
#include "bpf/state/leader.h"
#include "bpf/state/lookup.h"
#include "bpf/state/text.h"
#include "bpf/tunnel/outer.h"
#include "bpf/tunnel/outer_tc.h"

#include "maps/counters.h"
#include "maps/flow.h"
#include "maps/interface.h"
#include "maps/layout.h"

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

static __always_inline verdict gateway(pkt_ctx *ctx, struct pkt *p)
{
	struct eth_type type = {};
	struct found found;
	struct sl_flow *f;

	STAGE(receive(ctx, p, &type));
	if (type.be == bpf_htons(ETH_P_ARP))
		return arp(ctx, p);
	STAGE(parse(ctx, p, type));
	STAGE(admit(p));
	if (p->is & PKT_ESSENTIAL)
		STAGE(solicitation(ctx, p));
	if (may_be_tunnelled(p) && is_outer(ctx, p, OUTER_RECEIVED))
		return SL_V_TO_HOST;
	if (is_led_by_kind(p))
		return leave_to_leader(p);
	if (p->is & PKT_ICMP_ERROR)
		return icmp_error(ctx, p);
	STAGE(flow(ctx, p, &found));
	f = found.flow;
	if (f->flags & SL_FLOW_TO_HOST)
		return to_host(ctx, p, &found);
	note_towards(p, f);
	STAGE(suits_other_family(ctx, p, f));
	STAGE(routable(p, f));
	STAGE(pieces(ctx, p, f));
	STAGE(limit_sent_on(ctx, p, f));
	count_in_flow(f, p);
	STAGE(rewrite(ctx, p, f));
	STAGE_EXCEPT(SL_V_FORWARDED, transmit(ctx, p, f));
	return still_of_flow(p, &found, SL_V_FORWARDED);
}

static __always_inline __u32 queue_of(const struct pkt *p)
{
	const struct sl_interface *dev = interface_find(p->version, p->ifindex);

	return SL_QUEUE(dev ? dev->queue : p->vrf);
}

SEC("tc")
int sluice_ingress(struct __sk_buff *ctx)
{
	struct pkt p = {};
	verdict v;

	if (ctx->ifindex == LOOPBACK_IFINDEX)
		return error_on_lo(ctx, &p) ? p.action : TC_ACT_UNSPEC;
	if (is_own(ctx)) {
		v = guard(ctx, &p);
		count(&p, v, false);
		note_departure(ctx, &p, v);
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
	note_departure(ctx, &p, v);
	switch (v) {
	case SL_V_FORWARDED:
		if (p.dev & SL_IF_QUEUED)
			ctx->priority = queue_of(&p);
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
		PATCH_ROOM(6000);
		return TC_ACT_SHOT;
	}
}

SEC("tc")
int sluice_egress(struct __sk_buff *ctx)
{
	struct pkt p = {};
	verdict v;

	if (ctx->mark == mark_of_judged(ctx)) { /* judged and counted where it came in */
		ctx->mark = 0;
		return TC_ACT_UNSPEC;
	}
	if (is_own(ctx))
		bpf_tail_call(ctx, &ingress_program, 0);
	v = past(ctx, &p);
	count(&p, v, false);
	note_departure(ctx, &p, v);
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

SEC("iter/bpf_map_elem")
int sluice_flows4(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct sl_home4 *home = ctx->value;

	if (!home)
		return 0;
	print4(seq, home, 0);
	print4(seq, home, 1);
	return 0;
}

SEC("iter/bpf_map_elem")
int sluice_flows6(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct sl_home6 *home = ctx->value;

	if (!home)
		return 0;
	print6(seq, home, 0);
	print6(seq, home, 1);
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
