// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ceiling: the least that an XDP gateway can do with a packet. New MAC addresses, out of the
 * other device; no lookup but the device map, no judgement, no TTL.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} way_out SEC(".maps");

__u32 macs[3]; /* the first 12 bytes of the new Ethernet header */
__be16 type;   /* of the frames that are sent on */

SEC("xdp")
int ceiling(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 *words = data;

	if (data + 14 > end || ((__be16 *)data)[6] != type)
		return XDP_PASS; /* ARP and other families are the kernel's */
	words[0] = macs[0];
	words[1] = macs[1];
	words[2] = macs[2];
	return bpf_redirect_map(&way_out, 0, XDP_PASS);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
