/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What would become of a packet: the questions of the packet path, asked of a packet that was never sent, by the daemon and for
 * `sluice explain`. It changes nothing. An object of its own, which is loaded when somebody asks; its tables are shared
 * through their pins.
 */
#include "bpf/base/ctx_tc.h"
#include "bpf/base/maps.h"
#include "bpf/base/patch_room.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/flow/claim.h"
#include "bpf/flow/create.h"
#include "bpf/flow/over.h"
#include "bpf/limit/match.h"
#include "bpf/nat/mapping.h"
#include "bpf/nat/masquerade.h"
#include "bpf/path/admit.h"
#include "bpf/path/parse.h"
#include "bpf/path/receive.h"
#include "bpf/policy/judge.h"
#include "bpf/policy/match.h"
#include "bpf/proto/interface.h"
#include "bpf/proto/ipv4.h"
#include "bpf/state/lookup.h"
#include "bpf/state/table.h"
#include "bpf/state/tcp_state.h"

#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/explained.h"
#include "maps/flow.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sl_explained);
} explained SEC(".maps");

/* The packet has an Ethernet header, whatever the device has: it was never on a wire. */
static __always_inline verdict arrive(pkt_ctx *ctx, struct pkt *p, struct sl_explained *e)
{
	struct sl_config *c = config_get();
	struct sl_interface *dev = c ? note_device(ctx, p, c) : NULL;

	if (!is_managed(p, dev))
		return drop(p, SL_DROP_NOT_READY);
	note_interface(p, dev);
	p->l3_off = ETH_HLEN;
	e->zone_in = p->zone;
	e->vrf_in = p->vrf;
	return SL_V_NEXT;
}

static __always_inline void note_out(struct sl_explained *e, const struct sl_tuple *out)
{
	e->source = out->source;
	e->destination = out->destination;
	e->source_port = out->source_port;
	e->destination_port = out->destination_port;
	e->vrf_out = out->vrf;
}

static __always_inline verdict follow(struct sl_explained *e, struct pkt *p, struct scratch *s, const struct sl_flow *f)
{
	e->known = f->flags & SL_FLOW_REPLY ? SL_KNOWN_REPLY : SL_KNOWN_ORIGINAL;
	flow_out(f, p->family, &s->candidate);
	note_out(e, &s->candidate);
	e->state = f->state;
	e->flags = f->flags;
	e->zone_out = f->zone_out;
	e->ifindex_out = f->ifindex;
	e->policy = f->policy;
	e->nat = f->nat;
	if (f->zone != p->zone)
		return drop(p, SL_DROP_WRONG_ZONE);
	if (is_over(f))
		return drop(p, SL_DROP_FLOW_ENDED);
	return f->flags & SL_FLOW_TO_HOST ? SL_V_TO_HOST : SL_V_FORWARDED;
}

static __always_inline void note_next_hop(struct sl_explained *e, const struct bpf_fib_lookup *fib)
{
	if (fib->family == AF_INET)
		addr_from4(&e->next_hop, fib->ipv4_dst);
	else
		addr_from6(&e->next_hop, fib->ipv6_dst);
}

static __always_inline void note_judgement(struct sl_explained *e, const struct judgement *j)
{
	note_out(e, &j->out);
	e->asked = j->asked;
	e->flags = j->flags;
	e->zone_out = j->zone_out;
	e->view = j->view;
	e->zone_behind = j->zone_behind;
	e->mtu = j->mtu;
	e->ifindex_out = j->ifindex;
	e->policy = j->policy;
	e->nat = j->nat;
	e->action = j->action;
	e->is |= (j->admitted ? SL_EXPLAINED_ADMITTED : 0) | (j->hairpin ? SL_EXPLAINED_UNHIDDEN : 0) |
		 (j->masquerade ? SL_EXPLAINED_MASQUERADE : 0);
}

/* The mapping that the source has already; as use_mapping(), and takes nothing. */
static __always_inline bool has_mapping(struct sl_explained *e, const struct judgement *j, struct scratch *s,
					const struct sl_masquerade *m)
{
	struct sl_mapping *mapping;
	struct sl_endpoint *held;

	if (j->per_destination)
		return false;
	prepare_endpoints(s, j, m);
	held = bpf_map_lookup_elem(&nat_inside, &s->inside);
	if (!held)
		return false;
	s->held = *held;
	mapping = bpf_map_lookup_elem(&nat_outside, &s->held);
	if (!mapping || !mapping_is_live(mapping_read(mapping)))
		return false;
	e->is |= SL_EXPLAINED_MAPPED;
	e->source = s->held.address;
	e->source_port = s->held.port;
	return true;
}

/* A port is chosen when a packet comes. */
static __always_inline verdict ask_for_port(struct sl_explained *e, struct pkt *p, struct judgement *j,
					    struct scratch *s)
{
	struct sl_masquerade *m = masquerade_find(j);

	if (!m || !can_map(j) || has_mapping(e, j, s, m))
		return SL_V_NEXT;
	e->source_port = 0;
	return !j->per_destination && is_static(j) ? drop(p, SL_DROP_NO_PORTS) : SL_V_NEXT;
}

/* Where the port stays: the answers belong to one flow only. One that is asked for as if it were not is in nobody's way. */
static __always_inline verdict meet_flows(struct sl_explained *e, struct pkt *p, struct judgement *j, struct scratch *s)
{
	struct sl_flow *f;

	s->peer = j->out;
	tuple_turn(&s->peer);
	f = flow_find(&s->peer);
	if (!f)
		return SL_V_NEXT;
	tuple_of_peer(&s->peer, f, &s->candidate);
	if (tuple_equal(&s->candidate, &j->in))
		return SL_V_NEXT;
	if (!gives_its_answers(f, j))
		return drop(p, SL_DROP_FLOW_CONFLICT);
	e->is |= SL_EXPLAINED_GIVES_WAY;
	e->state = f->state;
	return SL_V_NEXT;
}

static __always_inline verdict begin(struct sl_explained *e, struct pkt *p, struct judgement *j, struct scratch *s)
{
	e->asked = SL_ASKED_ANSWERS;
	if (!(j->flags & SL_FLOW_TO_HOST)) {
		if (j->masquerade)
			STAGE(ask_for_port(e, p, j, s));
		else
			STAGE(meet_flows(e, p, j, s));
	}
	e->asked = SL_ASKED_LIMITS;
	e->limits = find_limits(j);
	return j->flags & SL_FLOW_TO_HOST ? SL_V_TO_HOST : SL_V_FORWARDED;
}

static __always_inline verdict ask_policy_for_many(struct sl_explained *e, struct pkt *p, struct judgement *j)
{
	j->asked = SL_ASKED_POLICY;
	find_policy(j);
	note_judgement(e, j);
	return j->action == SL_ACCEPT ? SL_V_TO_HOST : drop(p, SL_DROP_POLICY);
}

static __always_inline verdict ask(pkt_ctx *ctx, struct pkt *p, struct sl_explained *e, struct scratch *s)
{
	struct eth_type type = { .be = ctx_protocol(ctx) };
	struct judgement *j = &s->judgement;
	struct found found;
	int rc;

	STAGE(arrive(ctx, p, e));
	e->asked = SL_ASKED_ADDRESSES;
	STAGE(parse(ctx, p, type));
	STAGE(admit(p));
	e->is |= (p->is & PKT_MULTICAST ? SL_EXPLAINED_MANY : 0) | (p->is & PKT_ESSENTIAL ? SL_EXPLAINED_ESSENTIAL : 0);
	e->asked = SL_ASKED_FLOW;
	if (!ctx->mark && flow_of(p, &found) && !(is_over(found.flow) && begins_anew(found.flow, p)))
		return follow(e, p, s, found.flow);
	if (!has_right_header(ctx, p))
		return drop(p, SL_DROP_BAD_HEADER);
	if (p->is & PKT_ESSENTIAL)
		return SL_V_TO_HOST;
	judgement_of_packet(j, p);
	if (p->is & PKT_MULTICAST)
		return ask_policy_for_many(e, p, j);
	rc = judge(ctx, j);
	note_judgement(e, j);
	note_next_hop(e, &s->fib);
	if (rc == SL_DROP_NO_ZONE)
		e->ifindex_out = s->fib.ifindex;
	return rc ? drop(p, rc) : begin(e, p, j, s);
}

/* mark: as if there were no flow of it yet. */
SEC("tc")
int sluice_explain(struct __sk_buff *ctx)
{
	struct scratch *s = scratch_get();
	struct sl_explained *e;
	struct pkt p = {};
	__u32 zero = 0;

	PATCH_ROOM(4000);
	e = bpf_map_lookup_elem(&explained, &zero);
	if (!e || !s)
		return -1;
	memset(e, 0, sizeof(*e));
	e->verdict = ask(ctx, &p, e, s);
	e->reason = p.reason;
	ctx->priority = describe_types();
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
