/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which backend of a service a new flow is led to, and whether that of a flow that is judged again is still one of them. A flow
 * is led once, by its first packet: later ones cost what those of any forward do.
 */
#pragma once

#include "bpf/base/hash.h"
#include "bpf/base/maps.h"
#include "bpf/base/rules.h"
#include "bpf/base/scratch.h"
#include "bpf/base/tuple.h"
#include "bpf/base/types.h"
#include "bpf/nat/other_family.h"

#include "maps/config.h"
#include "maps/counters.h"
#include "maps/drop_reasons.h"
#include "maps/flow.h"
#include "maps/layout.h"
#include "maps/rules.h"
#include "maps/sticky.h"

#define NO_MEMBER (-1)

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SL_STICKY_ROWS);
	__type(key, struct sl_sticky_key);
	__type(value, struct sl_sticky);
	PINNED;
} sticky SEC(".maps");

/* Before a backend is chosen; of any other forward: nobody chooses. */
static __always_inline void note_service(struct judgement *j, const struct sl_forward *f)
{
	if (!(f->flags & SL_FORWARD_SERVICE))
		return;
	j->service.object = f->object;
	j->service.backends = f->backends;
	j->service.members = f->members;
	j->service.turns = f->turns;
	j->service.balance = f->balance;
	j->service.sticky_for = f->sticky_for;
	memcpy(j->service.prefix, f->source_prefix, sizeof(j->service.prefix));
}

static __always_inline struct sl_backend *backend_find(struct judgement *j, __u32 member)
{
	__u32 row = j->service.backends + member;
	struct sl_backend_row *found = rules_find(&backends, j->version, &row);

	return found ? &found->backend : NULL;
}

/* Who has this turn. */
static __always_inline int member_at(struct judgement *j, __u32 turn)
{
	__u32 row = j->service.backends + j->service.members + turn / SL_TURNS_IN_ROW;
	struct sl_backend_row *found = rules_find(&backends, j->version, &row);

	return found ? found->turn[turn % SL_TURNS_IN_ROW] : NO_MEMBER;
}

/*
 * Flows are numbered through, whichever CPU they begin on: the number is taken by who may begin one, and given back where it does
 * not. Who only asks sees the next one.
 */
static __always_inline int by_turn(struct judgement *j)
{
	__u32 object = j->service.object; /* Linux 6.1 takes no key from behind an argument */
	struct sl_object_count *c = bpf_map_lookup_elem(&object_counters, &object);
	__u64 turn;

	if (!c)
		return NO_MEMBER;
	if (j->opens) {
		turn = __sync_fetch_and_add(&c->flows, 1);
		j->service.turn = (__u32)turn + 1;
	} else {
		turn = *(volatile __u64 *)&c->flows;
	}
	return member_at(j, (__u32)(turn % j->service.turns));
}

/* Unless somebody has taken the next one meanwhile. */
static __always_inline void give_turn_back(struct judgement *j)
{
	struct sl_object_count *c;
	__u32 object;
	__u64 now;

	if (!j->service.turn)
		return;
	object = j->service.object;
	c = bpf_map_lookup_elem(&object_counters, &object);
	if (!c)
		return;
	now = *(volatile __u64 *)&c->flows;
	if ((__u32)now == j->service.turn)
		__sync_val_compare_and_swap(&c->flows, now, now - 1);
}

/* With the secrets of the table of flows: nobody can choose sources that meet. */
static __always_inline int by_hash(struct judgement *j, bool with_port)
{
	struct sl_config *c = config_get();
	struct scratch *s = scratch_get();

	if (!c || !s)
		return NO_MEMBER;
	s->asker.address = j->in.source;
	s->asker.port = with_port ? j->in.source_port : 0;
	return member_at(j,
			 mix(sl_flow_hash(c->flow_secret, &s->asker, SL_KEY_WORDS(struct asker))) % j->service.turns);
}

static __always_inline struct sl_sticky_key *sticky_key_of(const struct judgement *j)
{
	struct scratch *s = scratch_get();

	if (!s)
		return NULL;
	s->sticky.source = j->in.source;
	s->sticky.service = j->service.object;
	return &s->sticky;
}

static __always_inline __u32 seconds_since_boot(void)
{
	return bpf_ktime_get_boot_ns() / 1000000000;
}

/* Who has had the source's flows of late, and takes new ones, also while turns have changed. No calls: stacks are full here. */
static __always_inline int by_memory(struct judgement *j)
{
	struct sl_sticky_key *key = sticky_key_of(j);
	struct sl_sticky *row = key ? bpf_map_lookup_elem(&sticky, key) : NULL;
	struct sl_backend *b;
	__u32 i;

	if (!row || seconds_since_boot() - row->seconds > j->service.sticky_for)
		return NO_MEMBER;
	for (i = 0; i < SL_MAX_MEMBERS && i < j->service.members; i++) {
		b = backend_find(j, i);
		if (b && b->weight && b->object == row->backend)
			return i;
	}
	return NO_MEMBER;
}

/* A call: who is not remembered comes to where he has been, which the verifier would take for a loop. */
__noinline int by_source(struct judgement *j)
{
	int member = j && j->service.sticky_for ? by_memory(j) : NO_MEMBER;

	if (!j)
		return NO_MEMBER;
	return member == NO_MEMBER ? by_hash(j, false) : member;
}

/* Where there is no room the source is led by the turns. */
static __always_inline void remember_source(const struct judgement *j, __u32 backend)
{
	struct sl_sticky row = { .backend = backend, .seconds = seconds_since_boot() };
	struct sl_sticky_key *key = sticky_key_of(j);

	if (key)
		bpf_map_update_elem(&sticky, key, &row, BPF_ANY);
}

static __always_inline __u64 flows_of(__u32 object)
{
	struct sl_object_count *c = bpf_map_lookup_elem(&object_counters, &object);

	return c && (__s64)(c->flows - c->ended) > 0 ? c->flows - c->ended : 0;
}

/* The fewest flows for each unit of weight so far: a / x < b / y without a division. A call, which the verifier reads once. */
__noinline int compare_load(struct judgement *j, __u32 member)
{
	struct sl_backend *b = j ? backend_find(j, member) : NULL;
	__u64 flows;

	if (!b || !b->weight)
		return 0;
	flows = flows_of(b->object);
	if (j->service.weight && flows * j->service.weight >= j->service.fewest * b->weight)
		return 0;
	j->service.fewest = flows;
	j->service.weight = b->weight;
	j->service.best = member;
	return 1;
}

static __always_inline int by_load(struct judgement *j)
{
	__u32 i;

	j->service.weight = 0;
	for (i = 0; i < SL_MAX_MEMBERS && i < j->service.members; i++)
		compare_load(j, i);
	return j->service.weight ? (int)j->service.best : NO_MEMBER;
}

static __always_inline __be16 port_at(const struct judgement *j, const struct sl_backend *b)
{
	return b->to_port ? bpf_htons(b->to_port) : j->in.destination_port;
}

/* Its flows end, and the next packet chooses anew. Who connects from the same port again would be led to who is down. */
static __always_inline bool is_left(const struct judgement *j, const struct sl_backend *b)
{
	if (j->is_closing && b->flags)
		return true;
	return b->flags & (j->in.protocol == IPPROTO_UDP ? SL_BACKEND_ENDS_UDP : SL_BACKEND_ENDS_TCP);
}

/* Whether it is where the flow goes, and may go on; a call, which the verifier reads once. */
__noinline int keeps_flow(struct judgement *j, __u32 member)
{
	struct sl_backend *b = j ? backend_find(j, member) : NULL;

	return b && b->vrf == j->had_vrf && port_at(j, b) == j->had_port && addr_equal(&b->to, &j->had) &&
	       !is_left(j, b);
}

/* That leads where the flow goes, unless the flow is to leave it. Each address is that of one. */
static __always_inline int member_of_flow(struct judgement *j)
{
	__u32 i;

	for (i = 0; i < SL_MAX_MEMBERS && i < j->service.members; i++)
		if (keeps_flow(j, i))
			return i;
	return NO_MEMBER;
}

static __always_inline int choose_member(struct judgement *j)
{
	if (j->was)
		return member_of_flow(j);
	if (!j->service.turns)
		return NO_MEMBER;
	switch (j->service.balance) {
	case SL_BALANCE_ROUND_ROBIN:
		return by_turn(j);
	case SL_BALANCE_LEAST_CONNECTIONS:
		return by_load(j);
	case SL_BALANCE_MAGLEV:
		return by_hash(j, true);
	default:
		return by_source(j);
	}
}

/* A call of its own: the verifier would read it for each member that the search can end at. */
__noinline int lead_to_member(struct judgement *j, __u32 member)
{
	struct sl_backend *b = j ? backend_find(j, member) : NULL;

	if (!b)
		return SL_DROP_NO_BACKEND;
	if (family_of(&b->to) != j->in.family)
		change_family(j);
	j->out.vrf = b->vrf;
	j->out.destination = b->to;
	j->out.destination_port = port_at(j, b);
	j->nat = b->object;
	if (j->service.sticky_for && j->opens && !j->was)
		remember_source(j, b->object);
	return SL_DROP_NONE;
}

/* SL_DROP_NONE, and the flow leads to a backend. */
static __always_inline int choose_backend(struct judgement *j)
{
	int member = choose_member(j);

	return member == NO_MEMBER ? SL_DROP_NO_BACKEND : lead_to_member(j, member);
}
