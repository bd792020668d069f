/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Masquerade: endpoint-independent mapping with port preservation (RFC 4787 REQ-1, RFC 6056 where
 * the port is taken). A port is claimed by inserting the outside endpoint with BPF_NOEXIST, so that
 * no two CPUs get the same one; the inside endpoint follows and the claim is undone if that fails.
 */
#pragma once

#define PORT_JUMPS 64   /* hard to guess (RFC 6056): anywhere in the range */
#define PORT_STEPS 1024 /* then one after the other: the last free port of a range of this size is found */
#define PORT_TRIES (1 + PORT_JUMPS + PORT_STEPS)

static __always_inline bool address_is_none(const struct sl_addr *a)
{
	return a->w[3] == 0 && a->w[1] == 0 && a->w[0] == 0;
}

/* address + offset within the last 32 bits, where every pool range lies. */
static __always_inline void address_at(struct sl_addr *to, const struct sl_pool *range, __u32 offset)
{
	*to = range->first;
	to->w[3] = bpf_htonl(bpf_ntohl(to->w[3]) + offset);
}

/* The same inside host always gets the same outside address ("paired" pooling, RFC 4787 REQ-2). */
static __always_inline bool pick_from_pool(struct judgement *j, const struct sl_masquerade *m)
{
	const struct sl_addr *a = &j->in.source;
	__u32 i, total = 0, wanted;

	for (i = 0; i < SL_MAX_POOL_RANGES && i < m->ranges; i++) {
		__u32 row = m->pool + i;
		struct sl_pool *range = rules_find(&pools, j->version, &row);

		total += range ? range->count : 0;
	}
	if (!total)
		return false;
	wanted = mix_address(a) % total;
	for (i = 0; i < SL_MAX_POOL_RANGES && i < m->ranges; i++) {
		__u32 row = m->pool + i;
		struct sl_pool *range = rules_find(&pools, j->version, &row);

		if (range && wanted < range->count) {
			address_at(&j->out.source, range, wanted);
			return true;
		}
		wanted -= range ? range->count : 0;
	}
	return false;
}

static __always_inline bool pick_own_address(struct judgement *j)
{
	struct sl_interface *dev = interface_find(j->version, j->outside_ifindex);

	if (!dev)
		return false;
	if (j->in.family == 4)
		addr_from4(&j->out.source, dev->address4);
	else
		addr_from6(&j->out.source, dev->address6);
	return !address_is_none(&j->out.source);
}

/* Sets out.source and scope from the masquerade's row. */
__noinline int pick_outside_address(struct judgement *j)
{
	struct sl_masquerade *m;
	__u32 row;

	if (!j)
		return SL_DROP_INTERNAL;
	row = j->masquerade - 1;
	m = rules_find(&masquerades, j->version, &row);
	if (!m)
		return SL_DROP_INTERNAL;
	j->nat = m->object;
	j->flags |= SL_FLOW_NEW_SOURCE;
	j->scope = m->ranges ? SL_SCOPE_POOL | m->object : j->outside_ifindex;
	if (m->ranges ? pick_from_pool(j, m) : pick_own_address(j))
		return SL_DROP_NONE;
	return SL_DROP_NO_ADDRESS;
}

/* The mapping that the inside endpoint has already. */
static __always_inline bool use_mapping(struct judgement *j, struct scratch *s)
{
	struct sl_endpoint *row = bpf_map_lookup_elem(&nat_inside, &s->inside);
	struct sl_mapping *m;

	if (!row)
		return false;
	s->held = *row;
	m = bpf_map_lookup_elem(&nat_outside, &s->held);
	if (!m || !mapping_hold(m, &s->inside))
		return false;
	j->out.source = s->held.address;
	j->out.source_port = s->held.port;
	j->flags |= SL_FLOW_MAPPED;
	return true;
}

static __always_inline __u32 socket_question(struct bpf_sock_tuple *t, const struct sl_endpoint *local,
					     const struct sl_addr *peer, __be16 peer_port, __u8 family)
{
	if (family == 4) {
		t->ipv4.daddr = local->address.w[3];
		t->ipv4.saddr = peer->w[3];
		t->ipv4.dport = local->port;
		t->ipv4.sport = peer_port;
		return sizeof(t->ipv4);
	}
	memcpy(t->ipv6.daddr, local->address.w, 16);
	memcpy(t->ipv6.saddr, peer->w, 16);
	t->ipv6.dport = local->port;
	t->ipv6.sport = peer_port;
	return sizeof(t->ipv6);
}

/* A socket of the gateway that would get what the peer sends to this endpoint. */
static __always_inline bool socket_has(pkt_ctx *ctx, struct scratch *s, const struct sl_endpoint *local,
				       const struct sl_addr *peer, __be16 peer_port, __u8 family)
{
	struct bpf_sock *sk;
	__u32 len;

	if (local->protocol != IPPROTO_TCP && local->protocol != IPPROTO_UDP)
		return false;
	len = socket_question(&s->socket, local, peer, peer_port, family);
	if (local->protocol == IPPROTO_TCP)
		sk = bpf_skc_lookup_tcp(ctx, &s->socket, len, BPF_F_CURRENT_NETNS, 0);
	else
		sk = bpf_sk_lookup_udp(ctx, &s->socket, len, BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	bpf_sk_release(sk);
	return true;
}

/* A port that a socket of the gateway has, or that a forward listens on, is never given out. */
__noinline int port_is_ours(pkt_ctx *ctx, struct sl_endpoint *outside, struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!outside || !j || !s)
		return 1;
	if (forward_find(j->version, j->in.vrf, outside->protocol, &outside->address, outside->port))
		return 1;
	return socket_has(ctx, s, outside, &j->out.destination, j->out.destination_port, j->in.family);
}

/* Query ids have no low range that is better left alone. */
static __always_inline void range_of(const struct judgement *j, const struct sl_masquerade *m, __u32 *first,
				     __u32 *size)
{
	bool query = j->in.protocol == IPPROTO_ICMP || j->in.protocol == IPPROTO_ICMPV6;

	*first = query ? 1 : m->first_port;
	*size = query ? 0xffff : (__u32)m->last_port - m->first_port + 1;
}

static __always_inline __be16 port_to_try(const struct judgement *j, const struct sl_masquerade *m, __u32 try)
{
	__u32 wanted = bpf_ntohs(j->in.source_port), first, size;

	range_of(j, m, &first, &size);
	if (try == 0 && wanted >= first && wanted < first + size)
		return j->in.source_port;
	if (try <= PORT_JUMPS)
		return bpf_htons(first + mix(j->seed + try) % size);
	return bpf_htons(first + (j->seed % size + try) % size);
}

/* Claims a free port: SL_DROP_NONE, NO_PORTS, or MAPPINGS_FULL. The claim stands in nat_outside. */
__noinline int claim_port(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	struct sl_masquerade *m;
	__u32 row, try;

	if (!s || !j)
		return SL_DROP_INTERNAL;
	row = j->masquerade - 1;
	m = rules_find(&masquerades, j->version, &row);
	if (!m)
		return SL_DROP_INTERNAL;
	for (try = 0; try < PORT_TRIES; try++) {
		long rc;

		s->outside.port = port_to_try(j, m, try);
		if (port_is_ours(ctx, &s->outside, j))
			continue;
		rc = bpf_map_update_elem(&nat_outside, &s->outside, &s->mapping, BPF_NOEXIST);
		if (!rc)
			return SL_DROP_NONE;
		if (rc != -17 /* EEXIST */)
			return SL_DROP_MAPPINGS_FULL;
	}
	return SL_DROP_NO_PORTS;
}

static __always_inline void prepare_endpoints(struct scratch *s, const struct judgement *j)
{
	endpoint_set(&s->inside, &j->in.source, j->in.source_port, j->in.protocol, j->scope);
	endpoint_set(&s->outside, &j->out.source, 0, j->in.protocol, 0);
	memset(&s->mapping, 0, sizeof(s->mapping));
	s->mapping.other = s->inside;
	s->mapping.references = 1;
	s->mapping.nonce = bpf_get_prandom_u32();
	s->mapping.masquerade = j->nat;
}

/*
 * What was claimed becomes what new flows of the inside endpoint get. Another CPU may have been faster:
 * then its mapping is used; unless that one cannot be, because it is about to end.
 */
static __always_inline int settle_mapping(struct judgement *j, struct scratch *s)
{
	long rc = bpf_map_update_elem(&nat_inside, &s->inside, &s->outside, BPF_NOEXIST);

	if (rc == -17 /* EEXIST */) {
		if (use_mapping(j, s)) {
			release_mapping(&s->outside);
			return SL_DROP_NONE;
		}
		rc = bpf_map_update_elem(&nat_inside, &s->inside, &s->outside, BPF_ANY);
	}
	if (rc) {
		release_mapping(&s->outside);
		return SL_DROP_MAPPINGS_FULL;
	}
	j->out.source_port = s->outside.port;
	j->flags |= SL_FLOW_MAPPED;
	return SL_DROP_NONE;
}

static __always_inline bool is_logged(const struct judgement *j)
{
	__u32 row = j->masquerade - 1;
	struct sl_masquerade *m = rules_find(&masquerades, j->version, &row);

	return m && (m->flags & SL_MASQUERADE_LOG);
}

/* Finds or makes the mapping of j->in's source and takes a reference: sets out.source and its port. */
__noinline int acquire_mapping(pkt_ctx *ctx, struct judgement *j)
{
	struct scratch *s = scratch_get();
	int rc;

	if (!s || !j)
		return SL_DROP_INTERNAL;
	prepare_endpoints(s, j);
	if (use_mapping(j, s))
		return SL_DROP_NONE;
	j->seed = bpf_get_prandom_u32();
	if (is_logged(j))
		s->mapping.flags |= SL_MAPPING_LOGGED;
	rc = claim_port(ctx, j);
	if (rc == SL_DROP_NO_PORTS)
		report_shortage(SL_EVENT_PORTS_EXHAUSTED, &s->inside, &s->outside, j->nat);
	if (rc)
		return rc;
	report_mapping(SL_EVENT_MAPPING_MADE, &s->outside, &s->mapping);
	return settle_mapping(j, s);
}
