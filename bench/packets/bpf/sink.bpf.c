// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The far end: counts and drops the rig's packets, lets everything else (ARP, neighbour discovery)
 * pass. Counters are plain: a veth device with one queue has one NAPI instance, which runs on one
 * core at a time.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "plan.h"

#define IPV4_WORDS 4 /* of both addresses */
#define IPV6_WORDS 16
#define UDP_WORDS ((int)sizeof(struct udp) / 2)
#define OUTER_UDP_WORDS ((PLAN_TUNNEL + PLAN_FRAME - 14 - 20) / 2)

struct plan expected; /* of the packets that arrive here */
struct tally tally;
__u32 verify; /* look at every byte; slower, so not while a rate is taken */
__u32 ttl;    /* that a packet must arrive with */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PLAN_MAX_FLOWS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u8);
} arrived SEC(".maps");

/* What a packet of either family says. */
struct packet {
	__be32 source, destination; /* of IPv6 the last 32 bits */
	const struct udp *udp;
	__u8 ttl;
	__u8 in_networks, intact; /* known when every byte is looked at */
};

/* The ones' complement sum over `words` 16-bit words, folded. */
static __always_inline __u32 sum_words(const __u16 *at, int words)
{
	__u32 sum = 0;

	for (int i = 0; i < words; i++)
		sum += at[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* Of the pseudo header and so much of what follows it: addresses, ports, length, checksum and payload lie in a row. */
static __always_inline __u32 udp_sum(const void *addresses, const struct udp *udp, int words)
{
	__u32 sum = sum_words(addresses, words) + bpf_htons(17) + udp->length;

	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static __always_inline int good_udp_sum(const void *addresses, const struct udp *udp, int words)
{
	return udp->sum && udp_sum(addresses, udp, words) == 0xffff;
}

static __always_inline int good_ip_sum(const struct frame *f)
{
	return sum_words((const void *)&f->version_ihl, 10) == 0xffff;
}

static __always_inline int good_outer_sums(const struct frame *outer)
{
	if (!good_ip_sum(outer))
		return 0;
	if (expected.sums_by_device && outer->udp.sum == udp_sum(&outer->source, &outer->udp, IPV4_WORDS))
		return 1;
	return good_udp_sum(&outer->source, &outer->udp, IPV4_WORDS + OUTER_UDP_WORDS);
}

/* The flow that a packet belongs to by what the translation must leave as it was. */
static __always_inline __u32 flow_of(const struct packet *p)
{
	__u32 outside = bpf_ntohl(expected.from_inside ? p->destination : p->source);
	__u16 port = bpf_ntohs(expected.from_inside ? p->udp->source_port : p->udp->destination_port);

	return (outside - expected.outside_base) * PLAN_MAPPINGS + port - PLAN_FIRST_PORT;
}

static __always_inline void look_closely(const struct packet *p, const struct frame *outer)
{
	__u32 flow = flow_of(p);
	__u8 *mark = p->in_networks && flow < expected.flows ? bpf_map_lookup_elem(&arrived, &flow) : NULL;

	if (mark)
		*mark = 1;
	else
		tally.bad_flow++;
	if (p->ttl != ttl)
		tally.bad_ttl++;
	if (!p->intact || (outer && !good_outer_sums(outer)))
		tally.bad_checksum++;
}

/* Towards the outside the NAT's address, towards the inside the host that asked. */
static __always_inline int is_translated(const struct packet *p)
{
	__u32 mapping;

	if (expected.from_inside && expected.nat_address)
		return p->source == bpf_htonl(expected.nat_address);
	mapping = bpf_ntohs(expected.from_inside ? p->udp->source_port : p->udp->destination_port) - PLAN_FIRST_PORT;
	return (expected.from_inside ? p->source : p->destination) == bpf_htonl(expected.inside_base + (mapping >> 8));
}

static __always_inline int has_tag(const struct vlan_tag *tag)
{
	return tag->type == bpf_htons(0x8100) && tag->id == bpf_htons(expected.inside_vlan);
}

static __always_inline int is_udp(const struct frame *f)
{
	return f->ethernet.type == bpf_htons(0x0800) && f->protocol == 17;
}

static __always_inline int is_in_tunnel(const struct frame *outer)
{
	const struct vxlan *vxlan = (const void *)outer->udp.payload;

	return is_udp(outer) && outer->udp.destination_port == bpf_htons(PLAN_TUNNEL_PORT) &&
	       vxlan->flags == bpf_htonl(0x08000000) && vxlan->vni == bpf_htonl(expected.inside_vni << 8);
}

static __always_inline int read_ipv4(const struct frame *f, const void *end, struct packet *p)
{
	if ((void *)(f + 1) > end || !is_udp(f))
		return 0;
	p->source = f->source;
	p->destination = f->destination;
	p->udp = &f->udp;
	p->ttl = f->ttl;
	p->in_networks = 1;
	p->intact = verify && good_ip_sum(f) && good_udp_sum(&f->source, p->udp, IPV4_WORDS + UDP_WORDS);
	return 1;
}

static __always_inline int is_in(const struct ipv6_address *address, const __be32 *network)
{
	return address->network[0] == network[0] && address->network[1] == network[1] &&
	       address->network[2] == network[2];
}

/* What no sum covers is as it was sent. */
static __always_inline int good_ipv6_header(const struct ipv6_frame *f)
{
	return f->version_class_label == bpf_htonl(6u << 28) && f->length == bpf_htons(sizeof(struct udp));
}

static __always_inline int read_ipv6(const struct ipv6_frame *f, const void *end, struct packet *p)
{
	if ((void *)(f + 1) > end || f->ethernet.type != bpf_htons(0x86dd) || f->next_header != 17)
		return 0;
	p->source = f->source.host;
	p->destination = f->destination.host;
	p->udp = &f->udp;
	p->ttl = f->hop_limit;
	p->in_networks = verify && is_in(&f->source, expected.received.source) &&
			 is_in(&f->destination, expected.received.destination);
	p->intact = verify && good_ipv6_header(f) && good_udp_sum(&f->source, p->udp, IPV6_WORDS + UDP_WORDS);
	return 1;
}

/* The clock takes half as long as the rest of this program: not for every packet. */
static __always_inline void look_at_clock(void)
{
	if (tally.packets % PLAN_STAMP)
		return;
	tally.later_ns = bpf_ktime_get_ns();
	tally.before = tally.packets;
	if (!tally.packets)
		tally.first_ns = tally.later_ns;
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 front = plan_received_front(&expected);
	const union any_frame *f = data + front;
	struct packet p;

	if (data + PLAN_FRAME > end || (front == PLAN_TAG && !has_tag(data)) ||
	    (front == PLAN_TUNNEL && !is_in_tunnel(data)))
		return XDP_PASS;
	if (!(expected.ipv6 ? read_ipv6(&f->ipv6, end, &p) : read_ipv4(&f->ipv4, end, &p)))
		return XDP_PASS;
	look_at_clock();
	tally.packets++;
	if (is_translated(&p))
		tally.as_expected++;
	if (verify)
		look_closely(&p, front == PLAN_TUNNEL ? data : NULL);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
