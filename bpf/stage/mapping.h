/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mappings: who uses an outside endpoint, and its end. The row in nat_outside is the mapping and holds its
 * references; the row in nat_inside only says which outside endpoint new flows of an inside one get. It is
 * another one when the port was lost to the gateway itself: then flows of before keep theirs.
 */
#pragma once

#define HOLD_TRIES 8 /* another CPU was faster: a new flow is refused at worst */

/* The part of a row that changes as one. */
union mapping_word {
	__u64 all;
	struct {
		__u32 references;
		__u16 flags;
		__u16 nonce;
	};
};

static __always_inline union mapping_word mapping_read(const struct sl_mapping *m)
{
	union mapping_word word = { .all = *(const volatile __u64 *)&m->references };

	return word;
}

static __always_inline bool mapping_swap(struct sl_mapping *m, union mapping_word was, union mapping_word is)
{
	return __sync_val_compare_and_swap((__u64 *)&m->references, was.all, is.all) == was.all;
}

static __always_inline bool mapping_is_live(union mapping_word word)
{
	return word.references != 0 && word.references != SL_MAPPING_DEAD;
}

static __always_inline bool mapping_rests(union mapping_word word)
{
	return word.references == 0 && !(word.flags & SL_MAPPING_ENDING);
}

static __always_inline bool endpoint_equal(const struct sl_endpoint *a, const struct sl_endpoint *b)
{
	return addr_equal(&a->address, &b->address) && a->port == b->port && a->protocol == b->protocol &&
	       a->scope == b->scope && a->vrf == b->vrf;
}

/* One flow more on a live mapping of this inside endpoint. False: it is not, or no longer, one. */
static __always_inline bool mapping_hold(struct sl_mapping *m, const struct sl_endpoint *inside)
{
	int i;

	for (i = 0; i < HOLD_TRIES; i++) {
		union mapping_word was = mapping_read(m), is = was;

		if (!mapping_is_live(was) || !endpoint_equal(&m->other, inside))
			return false;
		is.references++;
		if (mapping_swap(m, was, is))
			return true;
	}
	return false;
}

/*
 * One flow less, and flags more. True: it was the last, and the row is the caller's alone: none is left, and
 * SL_MAPPING_ENDING keeps others from taking it for one that rests. Nothing here can be lost to another CPU: a reference
 * that is not given back would stay for ever.
 */
static __always_inline bool mapping_let_go(struct sl_mapping *m, __u16 flags)
{
	union mapping_word more = { .all = 0 };

	if (!mapping_is_live(mapping_read(m)))
		return false;
	more.flags = flags | SL_MAPPING_ENDING;
	__sync_fetch_and_or((__u64 *)&m->references, more.all);
	return __sync_fetch_and_add(&m->references, -1) == 1;
}

static __always_inline void endpoint_set(struct sl_endpoint *e, const struct sl_addr *address, __be16 port,
					 __u8 protocol, __u32 scope)
{
	memset(e, 0, sizeof(*e));
	e->address = *address;
	e->port = port;
	e->protocol = protocol;
	e->scope = scope;
}

/* The same of an address and port that others see, in the VRF that has the address. */
static __always_inline void outside_endpoint(struct sl_endpoint *e, const struct sl_addr *address, __be16 port,
					     __u8 protocol, __u16 vrf)
{
	endpoint_set(e, address, port, protocol, 0);
	e->vrf = vrf;
}
