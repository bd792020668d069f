/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From which ports a host gets one: of the document, of its class, or of its own block. */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/port_exhausted.h"

#include "maps/layout.h"
#include "maps/rules.h"

static __always_inline bool is_query(__u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static __always_inline __u64 half_of(const struct sl_addr *a, int half)
{
	return (__u64)bpf_ntohl(a->w[2 * half]) << 32 | bpf_ntohl(a->w[2 * half + 1]);
}

/* The number of a host among those that have blocks (RFC 7422); at least m->hosts: it has none. */
static __always_inline __u64 host_number(const struct sl_masquerade *m, const struct sl_addr *host)
{
	if (half_of(host, 0) != half_of(&m->inside, 0))
		return ~0ull;
	return half_of(host, 1) - half_of(&m->inside, 1);
}

/* At one address a flow begins to ask. */
static __always_inline void forget_findings(struct port_search *p)
{
	p->saw_full = 0;
	p->nothing_left = 0;
	p->has_enough = 0;
}

static __always_inline void set_range(struct port_search *p, __u32 first, __u32 last)
{
	p->first = first;
	p->last = last;
}

static __always_inline void use_block(struct port_search *p, const struct sl_masquerade *m, const struct judgement *j)
{
	__u32 per_address = m->hosts_per_address ? m->hosts_per_address : 1;
	__u32 place = host_number(m, &j->in.source) % per_address;

	p->first = m->first_port + place * m->ports_per_host;
	p->last = p->first + m->ports_per_host - 1;
	if (p->last > m->last_port)
		p->last = m->last_port;
}

static __always_inline bool has_low_ports(const struct sl_masquerade *m)
{
	return !m->hosts && (m->flags & SL_MASQUERADE_ANY_PORTS);
}

/* Another node of the cluster gives the rest. */
static __always_inline void use_part(struct port_search *p, const struct sl_masquerade *m)
{
	__u32 nodes = SL_MASQUERADE_NODES(m->flags), size;

	if (nodes < 2)
		return;
	size = (p->last - p->first + 1) / nodes;
	if (!size)
		return;
	p->first += SL_MASQUERADE_NODE(m->flags) * size;
	p->last = p->first + size - 1;
}

/* What the document says is obeyed to the letter. Query ids have no low range that is better left alone. */
static __always_inline void whole_range(struct port_search *p, const struct sl_masquerade *m, const struct judgement *j)
{
	__u32 port = bpf_ntohs(j->in.source_port);

	if (m->hosts)
		use_block(p, m, j);
	else if (is_query(j->in.protocol))
		set_range(p, 1, 0xffff);
	else if (!(m->flags & SL_MASQUERADE_ANY_PORTS) || port >= LOW_PORTS)
		set_range(p, m->first_port, m->last_port);
	else if (SL_MASQUERADE_NODES(m->flags) >= 2)
		set_range(p, 1, LOW_PORTS - 1);
	else if (port < LOW_PORTS / 2)
		set_range(p, 1, LOW_PORTS / 2 - 1);
	else
		set_range(p, LOW_PORTS / 2, LOW_PORTS - 1);
}

static __always_inline void first_range(struct port_search *p, const struct sl_masquerade *m, const struct judgement *j)
{
	p->low = has_low_ports(m) && SL_MASQUERADE_NODES(m->flags) < 2;
	whole_range(p, m, j);
	use_part(p, m);
}

/*
 * Low ports are few: the halves help each other out, but for nodes of a cluster, which have parts of them. False:
 * there is no other range.
 */
static __always_inline bool other_range(struct port_search *p)
{
	if (p->last >= LOW_PORTS || p->first >= LOW_PORTS)
		return false;
	set_range(p, 1, LOW_PORTS - 1);
	return true;
}
