/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets without DF that are too big for the next link (RFC 791, RFC 1812 section 5.2.6, RFC 4787
 * REQ-13): cut before they are translated, and put back where they came in, in order. So the pieces
 * take the way of every fragment, with its translation, next hop and new id.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/at.h"
#include "bpf/base/checksum.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/proto/ipv4.h"

#include "maps/counters.h"

#define CUT_MAX 0x3fff /* bytes of payload: what the kernel lets a program grow a packet to, and half of the memory */
#define CUT_PIECES_MAX 64 /* no link is that small */
#define CUT_HEADER_MAX 60

struct cut_payload {
	__u8 bytes[2 * (CUT_MAX + 1)];
};

/* As large as a value of such a map may be. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cut_payload);
} cut_payloads SEC(".maps");

static __always_inline struct cut *cut_get(void)
{
	struct scratch *s = scratch_get();

	if (!s)
		return NULL;
	barrier_var(s); /* older verifiers refuse to add to what may be null, which the compiler would do first */
	return &s->cut;
}

static __always_inline __u8 *payload_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cut_payloads, &zero);
}

#define SUM_AT_ONCE 512 /* more the helper does not take; in whole words */

/* What stands from `at` on, added to `sum`. */
__noinline __u32 sum_of_part(__u32 at, __u32 length, __u32 sum)
{
	__u8 *payload = payload_get();
	__u32 part = length - at < SUM_AT_ONCE ? (length - at + 3) & ~3u : SUM_AT_ONCE;

	if (!payload || at > CUT_MAX)
		return 0;
	return bpf_csum_diff(NULL, 0, (__be32 *)(payload + placed(at, CUT_MAX)), part & 0x3fc, sum);
}

/* The ones' complement sum of the payload. */
__noinline int sum_of_payload(__u32 length)
{
	__u8 *payload = payload_get();
	__u32 at, sum = 0;

	if (!payload || length > CUT_MAX)
		return 0;
	for (at = 0; at < 4; at++)
		payload[length + at] = 0;
	for (at = 0; at <= CUT_MAX && at < length; at += SUM_AT_ONCE)
		sum = sum_of_part(at, length, sum);
	return csum_fold(sum);
}

static __always_inline __u16 pseudo_sum4(const struct pkt *p, __u32 length)
{
	return csum_fold(csum_words(p->key.v4.source) + csum_words(p->key.v4.destination) + bpf_htons(p->protocol) +
			 bpf_htons(length));
}

/*
 * A sender on this machine leaves the sum over the payload to a device (partial checksum): the field
 * holds that of the pseudo header. No device can do it for pieces, so it is done here.
 */
__noinline int finish_partial_checksum(struct pkt *p, __u32 length)
{
	__u8 *payload = payload_get();
	__u32 off;
	__be16 *check;
	__u16 sum;

	if (!p || !payload || (p->is & PKT_PIECE) || (p->protocol != IPPROTO_UDP && p->protocol != IPPROTO_TCP))
		return 0;
	off = p->check_off;
	if (off > 16 || (off & 1))
		return 0;
	check = (__be16 *)(payload + off);
	if (*check != pseudo_sum4(p, length))
		return 0;
	sum = ~(__u16)sum_of_payload(length);
	*check = sum ? sum : 0xffff;
	return 1;
}

/* Options that only the first piece carries give way to no-operations, as long as they were. */
static __always_inline void blank_options(struct cut *c)
{
	__u32 i, left = 0;
	bool keep = true;

	for (i = sizeof(struct iphdr); i < CUT_HEADER_MAX && i < c->header_bytes; i++) {
		__u8 kind = c->header[i], length = c->header[i + 1];

		if (!left) {
			if (kind == IPOPT_END)
				return;
			left = kind == IPOPT_NOP ? 1 : length < 2 ? CUT_HEADER_MAX : length;
			keep = kind == IPOPT_NOP || (kind & IPOPT_COPY);
		}
		if (!keep)
			c->header[i] = IPOPT_NOP;
		left--;
	}
}

static __always_inline bool write_cut_header(struct cut *c, const struct pkt *p, __u32 length)
{
	struct iphdr *ip = (struct iphdr *)c->header;
	__u32 bytes = c->header_bytes;
	bool more = c->at + length < c->payload_bytes || (p->is & PKT_MORE);

	if (bytes < sizeof(*ip) || bytes > CUT_HEADER_MAX)
		return false;
	ip->tot_len = bpf_htons(bytes + length);
	ip->frag_off = bpf_htons((p->piece_at + c->at / 8) | (more ? IPV4_MF : 0));
	ip->check = 0;
	ip->check = ~csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)c->header, bytes & 0x3c, 0));
	return true;
}

/* The packet becomes its next piece, a copy of which goes back. */
__noinline int put_next_piece(pkt_ctx *ctx, struct pkt *p)
{
	__u8 *payload = payload_get();
	struct cut *c = cut_get();
	__u32 length, bytes, at;

	if (!c || !p || !payload)
		return -1;
	at = c->at;
	bytes = c->header_bytes;
	length = c->payload_bytes - at < c->room ? c->payload_bytes - at : c->room;
	asm volatile("" : "+r"(at), "+r"(bytes), "+r"(length)); /* what is checked is what is used, for the verifier */
	if (at > CUT_MAX || length == 0 || length > CUT_MAX || bytes < sizeof(struct iphdr) || bytes > CUT_HEADER_MAX)
		return -1;
	if (!write_cut_header(c, p, length))
		return -1;
	if (bpf_skb_change_tail(ctx, p->l3_off + bytes + length, 0) ||
	    bpf_skb_store_bytes(ctx, p->l3_off, c->header, sized(bytes, sizeof(c->header)), BPF_F_RECOMPUTE_CSUM) ||
	    bpf_skb_store_bytes(ctx, p->l3_off + bytes, payload + placed(at, CUT_MAX), sized(length, CUT_MAX + 1),
				BPF_F_RECOMPUTE_CSUM) ||
	    bpf_clone_redirect(ctx, p->ifindex, BPF_F_INGRESS))
		return -1;
	if (!at)
		blank_options(c);
	c->at = at + length;
	return 0;
}

/* Out of the packet into memory, and its checksum finished. */
static __always_inline bool take_apart(pkt_ctx *ctx, struct pkt *p, struct cut *c, __u8 *payload)
{
	__u32 header = p->l4_off - p->l3_off, length = p->bytes - header;

	asm volatile("" : "+r"(header), "+r"(length)); /* what is checked is what is used, for the verifier */
	if (ctx_segment(ctx) || header < sizeof(struct iphdr) || header > CUT_HEADER_MAX || length == 0 ||
	    length > CUT_MAX || p->mtu_out < header + 8)
		return false;
	c->header_bytes = header;
	c->payload_bytes = length;
	c->room = (p->mtu_out - header) & ~7u;
	c->at = 0;
	if (length > c->room * CUT_PIECES_MAX)
		return false;
	if (bpf_skb_load_bytes(ctx, p->l3_off, c->header, sized(header, sizeof(c->header))) ||
	    bpf_skb_load_bytes(ctx, p->l4_off, payload, sized(length, CUT_MAX + 1)))
		return false;
	finish_partial_checksum(p, length);
	return true;
}

/*
 * Taking away the headers by this helper is what makes the kernel forget that a device is to finish
 * a checksum (skb_postpull_rcsum); nothing else that a program may call does.
 */
static __always_inline bool forget_partial_checksum(pkt_ctx *ctx, const struct pkt *p)
{
	const __u32 headers = CUT_HEADER_MAX + sizeof(struct ethhdr) + 2;

	return p->bytes > headers + sizeof(struct iphdr) &&
	       !bpf_skb_adjust_room(ctx, -(__s32)headers, BPF_ADJ_ROOM_MAC, 0);
}

/* Instead of a drop: the pieces take the way again and are counted there. What cannot be cut is dropped. */
__noinline int send_in_pieces(pkt_ctx *ctx, struct pkt *p)
{
	__u8 *payload = payload_get();
	struct cut *c = cut_get();
	int i;

	if (!p || !c || !payload || p->family != 4 || !take_apart(ctx, p, c, payload))
		return SL_V_DROPPED;
	if (!forget_partial_checksum(ctx, p))
		return SL_V_DROPPED;
	for (i = 0; i < CUT_PIECES_MAX && c->at < c->payload_bytes; i++)
		if (put_next_piece(ctx, p))
			return i ? SL_V_PUT_OFF : SL_V_DROPPED;
	return SL_V_PUT_OFF;
}
