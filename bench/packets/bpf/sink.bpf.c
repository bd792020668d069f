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

static __always_inline int good_sums(const struct frame *f)
{
	__u32 sum;

	if (sum_words((const void *)&f->version_ihl, 10) != 0xffff)
		return 0;
	/* addresses, ports, length, checksum and payload lie in a row */
	sum = sum_words((const void *)&f->source, 19) + bpf_htons(17) + f->udp_length;
	sum = (sum & 0xffff) + (sum >> 16);
	return ((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

/* The flow that a packet belongs to by what the translation must leave as it was. */
static __always_inline __u32 flow_of(const struct frame *f)
{
	__u32 outside = bpf_ntohl(expected.from_inside ? f->destination : f->source);
	__u16 port = bpf_ntohs(expected.from_inside ? f->source_port : f->destination_port);

	return (outside - expected.outside_base) * PLAN_MAPPINGS + port - PLAN_FIRST_PORT;
}

static __always_inline void look_closely(const struct frame *f)
{
	__u32 flow = flow_of(f);
	__u8 *mark = flow < expected.flows ? bpf_map_lookup_elem(&arrived, &flow) : NULL;

	if (mark)
		*mark = 1;
	else
		tally.bad_flow++;
	if (f->ttl != ttl)
		tally.bad_ttl++;
	if (!good_sums(f))
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

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct frame *f = data + plan_received_tag(&expected);

	if ((void *)(f + 1) > end || data + sizeof(struct vlan_tag) > end)
		return XDP_PASS;
	if ((plan_received_tag(&expected) && !has_tag(data)) || f->eth_type != bpf_htons(0x0800) || f->protocol != 17)
		return XDP_PASS;
	tally.packets++;
	if (is_translated(f))
		tally.as_expected++;
	if (verify)
		look_closely(f);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
