// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The packet generator: run by BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES, it turns each
 * recycled page into the packet of the next flow and sends it out of the device it was run for.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "plan.h"

struct plan plan;
__u8 front[PLAN_TUNNEL]; /* what the frame of an inside host has in front of it, or a part of it */
union any_frame header;  /* all but the hosts' addresses, the ports and the sums */
__u32 ip_sum, udp_sum;   /* unfolded, over what `header` says */
__u64 sent;
__u32 cursor;

/* Whom a packet is from, and to; of IPv6 addresses the last 32 bits. */
struct ends {
	__be32 source, destination;
	__be16 source_port, destination_port;
};

static __always_inline __u32 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* One round of a bijection of 0..mask: neighbours in the sequence are strangers in the table. */
static __always_inline __u32 shuffle(__u32 n)
{
	n = (n * 2654435761u) & plan.mask;
	n ^= n >> (plan.shift & 31);
	n = (n * 2246822519u) & plan.mask;
	return n ^ (n >> (plan.shift & 31));
}

static __always_inline __u32 next_flow(void)
{
	__u32 flow = 0;

	if (!plan.shuffled)
		return plan.first + cursor++;
	for (int i = 0; i < 16; i++) {
		flow = shuffle(cursor++);
		if (flow < plan.flows)
			return flow;
	}
	return flow - plan.flows; /* mask < 2 * flows */
}

static __always_inline struct ends ends_of(__u32 flow)
{
	__u32 destination = plan_destination(flow);
	__u32 mapping = flow - destination * PLAN_MAPPINGS;
	__u32 outside = plan.outside_base + destination;
	__u32 inside = plan.inside_base + (mapping >> 8);
	__be16 port = bpf_htons(PLAN_FIRST_PORT + mapping);

	if (plan.from_inside)
		return (struct ends){ bpf_htonl(inside), bpf_htonl(outside), port, bpf_htons(PLAN_SERVICE_PORT) };
	return (struct ends){ bpf_htonl(outside), bpf_htonl(plan.nat_address ? plan.nat_address : inside),
			      bpf_htons(PLAN_SERVICE_PORT), port };
}

static __always_inline __u32 sum_addresses(const struct ends *ends)
{
	return (ends->source & 0xffff) + (ends->source >> 16) + (ends->destination & 0xffff) +
	       (ends->destination >> 16);
}

static __always_inline void finish_udp(struct udp *udp, const struct ends *ends)
{
	__u16 sum = ~fold(udp_sum + sum_addresses(ends) + ends->source_port + ends->destination_port);

	udp->source_port = ends->source_port;
	udp->destination_port = ends->destination_port;
	udp->sum = sum ? sum : 0xffff; /* 0 would say that there is none */
}

static __always_inline int write_ipv4(struct frame *f, const void *end, const struct ends *ends)
{
	if ((void *)(f + 1) > end)
		return 0;
	__builtin_memcpy(f, &header.ipv4, sizeof(*f));
	f->source = ends->source;
	f->destination = ends->destination;
	f->ip_sum = ~fold(ip_sum + sum_addresses(ends));
	finish_udp(&f->udp, ends);
	return 1;
}

static __always_inline int write_ipv6(struct ipv6_frame *f, const void *end, const struct ends *ends)
{
	if ((void *)(f + 1) > end)
		return 0;
	__builtin_memcpy(f, &header.ipv6, sizeof(*f));
	f->source.host = ends->source;
	f->destination.host = ends->destination;
	finish_udp(&f->udp, ends);
	return 1;
}

/* There is no outer UDP sum that the port would be in. */
static __always_inline void write_front(void *data, __u32 flow)
{
	struct frame *outer = data;

	__builtin_memcpy(data, front, sizeof(front));
	if (plan.inside_vni)
		outer->udp.source_port = bpf_htons(PLAN_OUTER_PORT + flow % PLAN_OUTER_PORTS);
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	union any_frame *f = data + plan_sent_front(&plan);
	struct ends ends;
	__u32 flow;

	if (data + sizeof(front) > end)
		return XDP_DROP;
	flow = next_flow();
	ends = ends_of(flow);
	if (plan_sent_front(&plan))
		write_front(data, flow);
	if (!(plan.ipv6 ? write_ipv6(&f->ipv6, end, &ends) : write_ipv4(&f->ipv4, end, &ends)))
		return XDP_DROP;
	sent++;
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
