/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pieces that came before the first one of their datagram wait here, in the kernel (RFC 4787 REQ-14):
 * so many per source and so long. The first piece puts them back where they came in, behind itself,
 * and each takes the whole way again. A place is claimed by compare and swap on its state.
 */
#pragma once

#define PARKED_SECONDS 2 /* many times what parallel paths differ by; a sender's next try comes later */

static __always_inline bool take_place(struct sl_parked *place, __u32 from)
{
	return __sync_val_compare_and_swap(&place->state, from, SL_PARKED_BUSY) == from;
}

static __always_inline void leave_place(struct sl_parking *lot, struct sl_parked *place)
{
	__sync_lock_test_and_set(&place->state, SL_PARKED_FREE);
	__sync_fetch_and_add(&lot->used, -1);
}

/* It was not counted when it came: now it is, as a fragment whose first piece was not seen. */
static __always_inline void count_parked(const struct sl_parked *place, enum sl_drop_reason reason)
{
	struct pkt gone = {};

	gone.slot = place->slot;
	gone.bytes = place->bytes;
	gone.reason = reason;
	count(&gone, SL_V_DROPPED, true);
}

static __always_inline bool has_waited_too_long(const struct sl_parked *place, __u32 now, __u32 hz)
{
	return place->state == SL_PARKED_WAITS && (__s32)(now - place->stamp) > (__s32)(PARKED_SECONDS * hz);
}

/* Frees the place if it has waited too long. */
__noinline int expire_place(__u32 parking, __u32 number, __u32 now, __u32 hz)
{
	struct sl_parking *lot = bpf_map_lookup_elem(&parkings, &parking);
	struct sl_parked *place;

	if (!lot || number >= SL_PARKING_PLACES)
		return 0;
	place = &lot->place[number];
	if (!has_waited_too_long(place, now, hz) || !take_place(place, SL_PARKED_WAITS))
		return 0;
	count_parked(place, SL_DROP_FRAGMENT);
	leave_place(lot, place);
	return 1;
}

#define PLACES_AT_ONCE 16 /* by one call: the verifier reads each */

__noinline int expire_some(__u32 parking, __u32 first, __u32 now, __u32 hz)
{
	struct sl_parking *lot = bpf_map_lookup_elem(&parkings, &parking);
	__u32 i, number, expired = 0;

	for (i = 0; lot && i < PLACES_AT_ONCE; i++) {
		number = (first + i) % SL_PARKING_PLACES;
		if (lot->place[number].state == SL_PARKED_WAITS)
			expired += expire_place(parking, number, now, hz);
	}
	return expired;
}

/* Frees what has waited too long; answers how many. */
__noinline int expire_parking(__u32 parking, __u32 now, __u32 hz)
{
	struct sl_parking *lot = bpf_map_lookup_elem(&parkings, &parking);
	int i, expired = 0;

	if (!lot || !lot->used)
		return 0;
	for (i = 0; i < SL_PARKING_PLACES; i += PLACES_AT_ONCE)
		expired += expire_some(parking, i, now, hz);
	return expired;
}

/* For the sweeper. */
__noinline int expire_parked(void)
{
	struct sl_config *c = config_get();
	__u32 i, now = bpf_jiffies64();
	int expired = 0;

	for (i = 0; c && i < SL_PARKINGS; i++)
		expired += expire_parking(i, now, c->hz);
	return expired;
}

__noinline int find_some(struct sl_parking *lot, __u32 first)
{
	__u32 i, number;

	for (i = 0; lot && i < PLACES_AT_ONCE; i++) {
		number = (first + i) % SL_PARKING_PLACES;
		if (lot->place[number].state == SL_PARKED_FREE && take_place(&lot->place[number], SL_PARKED_FREE))
			return number;
	}
	return SL_PARKING_PLACES;
}

/* A place of this parking that is this CPU's now, or SL_PARKING_PLACES. */
__noinline int find_place(struct sl_parking *lot)
{
	int i, found = SL_PARKING_PLACES;

	for (i = 0; lot && i < SL_PARKING_PLACES && found == SL_PARKING_PLACES; i += PLACES_AT_ONCE)
		found = find_some(lot, i);
	return found;
}

static __always_inline void *bytes_of_place(__u32 parking, __u32 place)
{
	__u32 row = parking * SL_PARKING_PLACES + place;

	return bpf_map_lookup_elem(&parked_bytes, &row);
}

static __always_inline bool fill_place(pkt_ctx *ctx, const struct pkt *p, struct sl_parked *place, void *bytes)
{
	__u32 length = p->bytes;

	if (length == 0 || length > SL_PARKED_BYTES ||
	    bpf_skb_load_bytes(ctx, p->l3_off, bytes, sized(length, SL_PARKED_BYTES)))
		return false;
	fragment_key_of(p, &place->key);
	place->ifindex = p->ifindex;
	place->stamp = p->now;
	place->bytes = length;
	place->slot = p->slot;
	return true;
}

/*
 * Its first piece may have come on another CPU while this one was put here, and may have seen nothing
 * waiting: then the piece takes the way again at once.
 */
static __always_inline verdict leave_or_go(pkt_ctx *ctx, struct pkt *p, struct sl_parking *lot, struct sl_parked *place)
{
	struct scratch *s = scratch_get();

	if (!s || !fragment_find(s, p) || !take_place(place, SL_PARKED_WAITS))
		return SL_V_PUT_OFF;
	leave_place(lot, place);
	return bpf_clone_redirect(ctx, p->ifindex, BPF_F_INGRESS) ? drop(p, SL_DROP_INTERNAL) : SL_V_PUT_OFF;
}

/* Instead of a drop: what finds no place, or is too long for one, is counted at once. */
__noinline int park(pkt_ctx *ctx, struct pkt *p)
{
	struct sl_parking *lot;
	struct sl_parked *place;
	__u32 parking, found;
	struct scratch *s = scratch_get();
	void *bytes;

	if (!p || !s)
		return SL_V_DROPPED;
	fragment_key_of(p, &s->fragment);
	parking = mix_address(&s->fragment.source) % SL_PARKINGS;
	expire_parking(parking, p->now, p->hz);
	lot = bpf_map_lookup_elem(&parkings, &parking);
	if (!lot)
		return drop(p, SL_DROP_INTERNAL);
	found = find_place(lot);
	if (found >= SL_PARKING_PLACES)
		return drop(p, SL_DROP_FRAGMENTS_FULL);
	__sync_fetch_and_add(&lot->used, 1);
	place = &lot->place[found];
	bytes = bytes_of_place(parking, found);
	if (!bytes || !fill_place(ctx, p, place, bytes)) {
		leave_place(lot, place);
		return drop(p, SL_DROP_FRAGMENTS_FULL);
	}
	__sync_lock_test_and_set(&place->state, SL_PARKED_WAITS);
	return leave_or_go(ctx, p, lot, place);
}

static __always_inline bool waits_for(const struct sl_parked *place, const struct sl_fragment_key *k, __u32 ifindex)
{
	return place->state == SL_PARKED_WAITS && place->ifindex == ifindex && place->key.id == k->id &&
	       place->key.vrf == k->vrf && place->key.protocol == k->protocol &&
	       addr_equal(&place->key.source, &k->source) && addr_equal(&place->key.destination, &k->destination);
}

enum put_back {
	PUT_BACK_NONE,
	PUT_BACK_SOME, /* the packet is not the first piece any more */
	PUT_BACK_STOP, /* no memory: the first piece goes on alone, and the others expire */
};

/* The packet becomes the one that was parked: same link header, these bytes. A copy goes back. */
static __always_inline bool become_parked(pkt_ctx *ctx, const struct pkt *p, const void *bytes, __u32 length)
{
	if (!bytes || length == 0 || length > SL_PARKED_BYTES)
		return false;
	return !bpf_skb_change_tail(ctx, p->l3_off + length, 0) &&
	       !bpf_skb_store_bytes(ctx, p->l3_off, bytes, sized(length, SL_PARKED_BYTES), BPF_F_RECOMPUTE_CSUM) &&
	       !bpf_clone_redirect(ctx, p->ifindex, BPF_F_INGRESS);
}

/* Puts back what waits in this place for s->fragment, the first piece before the first of them. */
__noinline int put_back_one(pkt_ctx *ctx, struct pkt *p, __u32 parking, __u32 number, __u32 done)
{
	struct sl_parking *lot = bpf_map_lookup_elem(&parkings, &parking);
	struct scratch *s = scratch_get();
	struct sl_parked *place;

	if (!p || !s || !lot || number >= SL_PARKING_PLACES)
		return done;
	place = &lot->place[number];
	if (!waits_for(place, &s->fragment, p->ifindex) || !take_place(place, SL_PARKED_WAITS))
		return done;
	if (done == PUT_BACK_NONE && bpf_clone_redirect(ctx, p->ifindex, BPF_F_INGRESS)) {
		__sync_lock_test_and_set(&place->state, SL_PARKED_WAITS);
		return PUT_BACK_STOP;
	}
	if (!become_parked(ctx, p, bytes_of_place(parking, number), place->bytes))
		count_parked(place, SL_DROP_INTERNAL);
	leave_place(lot, place);
	return PUT_BACK_SOME;
}

/*
 * The first piece was noted: it goes back first, then those that waited for it. All come by the same
 * queue of the kernel, so they stay in this order.
 */
__noinline int put_back_parked(pkt_ctx *ctx, struct pkt *p)
{
	struct scratch *s = scratch_get();
	__u32 parking, i, done = PUT_BACK_NONE;

	if (!p || !s || !has_parked(&s->fragment))
		return SL_V_NEXT;
	parking = mix_address(&s->fragment.source) % SL_PARKINGS;
	for (i = 0; i < SL_PARKING_PLACES && done != PUT_BACK_STOP; i++)
		done = put_back_one(ctx, p, parking, i, done);
	return done == PUT_BACK_SOME ? SL_V_PUT_OFF : SL_V_NEXT;
}

/* A first piece calls those that came before it. */
static __always_inline verdict pieces(pkt_ctx *ctx, struct pkt *p, struct sl_flow *f)
{
	if (!(p->is & PKT_PIECE))
		return SL_V_NEXT;
	if (p->is & PKT_FIRST_FRAGMENT) {
		note_first_fragment(p, f);
		STAGE(put_back_parked(ctx, p));
	}
	return pass_fragment(ctx, p, f);
}
