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
struct frame header;     /* all but the addresses, the ports and the sums */
__u32 ip_sum, udp_sum;   /* unfolded, over what `header` says */
__u64 sent;
__u32 cursor;

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

static __always_inline void address(struct frame *f, __u32 flow)
{
	__u32 destination = plan_destination(flow);
	__u32 mapping = flow - destination * PLAN_MAPPINGS;
	__u32 outside = plan.outside_base + destination;
	__u32 inside = plan.inside_base + (mapping >> 8);
	__be16 port = bpf_htons(PLAN_FIRST_PORT + mapping);

	if (plan.from_inside) {
		f->source = bpf_htonl(inside);
		f->destination = bpf_htonl(outside);
		f->source_port = port;
		f->destination_port = bpf_htons(PLAN_SERVICE_PORT);
	} else {
		f->source = bpf_htonl(outside);
		f->destination = bpf_htonl(plan.nat_address ? plan.nat_address : inside);
		f->source_port = bpf_htons(PLAN_SERVICE_PORT);
		f->destination_port = port;
	}
}

static __always_inline void finish_sums(struct frame *f)
{
	__u32 pseudo = (f->source & 0xffff) + (f->source >> 16) + (f->destination & 0xffff) + (f->destination >> 16);
	__u16 sum = ~fold(udp_sum + pseudo + f->source_port + f->destination_port);

	f->ip_sum = ~fold(ip_sum + pseudo);
	f->udp_sum = sum ? sum : 0xffff; /* 0 would say that there is none */
}

/* There is no outer UDP sum that the port would be in. */
static __always_inline void write_front(void *data, __u32 flow)
{
	struct frame *outer = data;

	__builtin_memcpy(data, front, sizeof(front));
	if (plan.inside_vni)
		outer->source_port = bpf_htons(PLAN_OUTER_PORT + flow % PLAN_OUTER_PORTS);
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct frame *f = data + plan_sent_front(&plan);
	__u32 flow;

	if ((void *)(f + 1) > end || data + sizeof(front) > end)
		return XDP_DROP;
	flow = next_flow();
	if (plan_sent_front(&plan))
		write_front(data, flow);
	__builtin_memcpy(f, &header, sizeof(*f));
	address(f, flow);
	finish_sums(f);
	sent++;
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
