// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many hosts that cost next to nothing: of 10.77.0.0/16 it answers each SYN to port 8080 as a listener does,
 * and takes the resets. It stands where the gateway's packets come out of the wire (tc, ingress).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define NETWORK 0x0a4d /* 10.77 */
#define PORT 8080
#define NUMBER 1     /* of the first byte that it would send */
#define SYN_WORDS 12 /* with the maximum segment size as its one option, of four bytes */

struct frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

/* Over the addresses and the segment, which lie in a row, and the rest of the pseudo header (RFC 9293, 3.1). */
static __always_inline __u16 checksum_of(const struct frame *f)
{
	const __u16 *word = (const void *)&f->ip.saddr;
	__u32 sum = bpf_htons(IPPROTO_TCP) + bpf_htons(2 * SYN_WORDS);

	for (int i = 0; i < 4 + SYN_WORDS; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16));
}

static __always_inline void turn_round(struct frame *f)
{
	__u8 mac[ETH_ALEN];
	__be32 address = f->ip.saddr;
	__be16 port = f->tcp.source;

	__builtin_memcpy(mac, f->ethernet.h_source, ETH_ALEN);
	__builtin_memcpy(f->ethernet.h_source, f->ethernet.h_dest, ETH_ALEN);
	__builtin_memcpy(f->ethernet.h_dest, mac, ETH_ALEN);
	f->ip.saddr = f->ip.daddr;
	f->ip.daddr = address;
	f->tcp.source = f->tcp.dest;
	f->tcp.dest = port;
	f->tcp.ack_seq = bpf_htonl(bpf_ntohl(f->tcp.seq) + 1);
	f->tcp.seq = bpf_htonl(NUMBER);
	f->tcp.ack = 1;
	f->tcp.check = 0;
	f->tcp.check = checksum_of(f);
}

SEC("tc")
int answer(struct __sk_buff *skb)
{
	struct frame *f = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;

	if ((void *)(f + 1) > end || f->ethernet.h_proto != bpf_htons(ETH_P_IP) || f->ip.ihl != 5 ||
	    f->ip.protocol != IPPROTO_TCP || bpf_ntohl(f->ip.daddr) >> 16 != NETWORK || f->tcp.dest != bpf_htons(PORT))
		return TC_ACT_OK;
	if (f->tcp.rst)
		return TC_ACT_SHOT;
	if (!f->tcp.syn || f->tcp.ack || f->tcp.doff != SYN_WORDS / 2 || (void *)(f + 1) + 4 > end)
		return TC_ACT_OK;
	turn_round(f);
	return bpf_redirect(skb->ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
