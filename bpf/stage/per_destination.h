/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * "mapping": "per-destination": the same outside port serves many destinations at once (RFC 4787
 * section 4.1 calls it address and port dependent). No mapping stands for it: a port is taken towards
 * one destination by inserting the entry for its answers, which create_flow() does with BPF_NOEXIST.
 */
#pragma once

#define TOWARDS_JUMPS 32   /* hard to guess (RFC 6056): anywhere in the range */
#define TOWARDS_STEPS 1024 /* then one after the other: in a range of this size the last free port is found */
#define TOWARDS_TRIES (1 + TOWARDS_JUMPS + TOWARDS_STEPS)
#define TOWARDS_AT_ONCE 33 /* so many that the verifier reads two short loops instead of a long one */

static __always_inline __be16 port_towards(const struct judgement *j, const struct port_search *p, __u32 try)
{
	__u32 wanted = bpf_ntohs(j->in.source_port), first = p->first, size = p->last - first + 1;

	if (try == 0 && wanted >= first && wanted < first + size)
		return j->in.source_port;
	if (try <= TOWARDS_JUMPS)
		return bpf_htons(first + mix(j->seed + try) % size);
	return bpf_htons(first + (j->seed % size + try) % size);
}

/*
 * Tries a port, which stands in j->out then. Endpoint-independent mappings, also resting ones, forwards
 * and sockets of the gateway are left alone.
 */
__noinline int is_free_towards(pkt_ctx *ctx, struct judgement *j, __u32 try)
{
	struct scratch *s = scratch_get();

	if (!s || !j)
		return 0;
	j->out.source_port = port_towards(j, &s->search, try);
	outside_endpoint(&s->outside, &j->out.source, j->out.source_port, j->in.protocol, j->outside_vrf);
	if (bpf_map_lookup_elem(&nat_outside, &s->outside))
		return 0;
	s->peer = j->out;
	tuple_turn(&s->peer);
	return !flow_find(&s->peer) && !port_is_ours(ctx, j, s, &s->outside);
}

/* 1: a port is found, among so many tries from `try` on. */
__noinline int try_towards(pkt_ctx *ctx, struct judgement *j, __u32 try)
{
	__u32 i;

	if (!j)
		return 0;
	for (i = 0; i < TOWARDS_AT_ONCE; i++)
		if (is_free_towards(ctx, j, try + i))
			return 1;
	return 0;
}

/* Sets the port in j->out: SL_DROP_NONE or NO_PORTS. Claims nothing. */
__noinline int pick_port_towards(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;
	__u32 try;

	if (!j || !s)
		return SL_DROP_INTERNAL;
	m = masquerade_find(j);
	if (!m)
		return SL_DROP_INTERNAL;
	first_range(&s->search, m, j);
	j->seed = bpf_get_prandom_u32();
	for (try = 0; try < TOWARDS_TRIES; try += TOWARDS_AT_ONCE)
		if (try_towards(ctx, j, try))
			return SL_DROP_NONE;
	return refuse_port(j, &j->out.source, s->search.last - s->search.first + 1);
}
