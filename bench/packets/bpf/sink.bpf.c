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

#define PSEUDO_WORDS 4 /* of the addresses */
#define UDP_WORDS ((PLAN_FRAME - 14 - 20) / 2)
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
static __always_inline __u32 udp_sum(const struct frame *f, int words)
{
	__u32 sum = sum_words((const void *)&f->source, words) + bpf_htons(17) + f->udp_length;

	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static __always_inline int good_ip_sum(const struct frame *f)
{
	return sum_words((const void *)&f->version_ihl, 10) == 0xffff;
}

static __always_inline int good_sums(const struct frame *f)
{
	return good_ip_sum(f) && udp_sum(f, PSEUDO_WORDS + UDP_WORDS) == 0xffff;
}

static __always_inline int good_outer_sums(const struct frame *outer)
{
	if (!good_ip_sum(outer))
		return 0;
	if (expected.sums_by_device && outer->udp_sum == udp_sum(outer, PSEUDO_WORDS))
		return 1;
	return outer->udp_sum && udp_sum(outer, PSEUDO_WORDS + OUTER_UDP_WORDS) == 0xffff;
}

/* The flow that a packet belongs to by what the translation must leave as it was. */
static __always_inline __u32 flow_of(const struct frame *f)
{
	__u32 outside = bpf_ntohl(expected.from_inside ? f->destination : f->source);
	__u16 port = bpf_ntohs(expected.from_inside ? f->source_port : f->destination_port);

	return (outside - expected.outside_base) * PLAN_MAPPINGS + port - PLAN_FIRST_PORT;
}

static __always_inline void look_closely(const struct frame *f, const struct frame *outer)
{
	__u32 flow = flow_of(f);
	__u8 *mark = flow < expected.flows ? bpf_map_lookup_elem(&arrived, &flow) : NULL;

	if (mark)
		*mark = 1;
	else
		tally.bad_flow++;
	if (f->ttl != ttl)
		tally.bad_ttl++;
	if (!good_sums(f) || (outer && !good_outer_sums(outer)))
		tally.bad_checksum++;
}

/* Towards the outside the NAT's address, towards the inside the host that asked. */
static __always_inline int is_translated(const struct frame *f)
{
	__u32 mapping;

	if (expected.from_inside && expected.nat_address)
		return f->source == bpf_htonl(expected.nat_address);
	mapping = bpf_ntohs(expected.from_inside ? f->source_port : f->destination_port) - PLAN_FIRST_PORT;
	return (expected.from_inside ? f->source : f->destination) == bpf_htonl(expected.inside_base + (mapping >> 8));
}

static __always_inline int has_tag(const struct vlan_tag *tag)
{
	return tag->type == bpf_htons(0x8100) && tag->id == bpf_htons(expected.inside_vlan);
}

static __always_inline int is_udp(const struct frame *f)
{
	return f->eth_type == bpf_htons(0x0800) && f->protocol == 17;
}

static __always_inline int is_in_tunnel(const struct frame *outer)
{
	const struct vxlan *vxlan = (const void *)outer->payload;

	return is_udp(outer) && outer->destination_port == bpf_htons(PLAN_TUNNEL_PORT) &&
	       vxlan->flags == bpf_htonl(0x08000000) && vxlan->vni == bpf_htonl(expected.inside_vni << 8);
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 front = plan_received_front(&expected);
	const struct frame *f = data + front;

	if ((void *)(f + 1) > end || data + PLAN_FRAME > end)
		return XDP_PASS;
	if ((front == PLAN_TAG && !has_tag(data)) || (front == PLAN_TUNNEL && !is_in_tunnel(data)) || !is_udp(f))
		return XDP_PASS;
	tally.packets++;
	if (is_translated(f))
		tally.as_expected++;
	if (verify)
		look_closely(f, front == PLAN_TUNNEL ? data : NULL);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
