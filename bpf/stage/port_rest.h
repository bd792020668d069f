/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A port whose mapping ended rests before another host gets it (RFC 6888 REQ-8): its row stays, and it waits
 * in a line that is as long as the mapping table. Whoever claims a port lets some from the front of the line
 * go whose time is over, so that nobody else is needed for it.
 */
#pragma once

#define LINE_SPARE 64 /* places that CPUs may take at the same moment */

static __always_inline __u32 line_size(void)
{
	return rows_of(&resting_ports);
}

static __always_inline struct sl_line *line_get(void)
{
	__u32 zero = 0;
	struct sl_hand *hand = bpf_map_lookup_elem(&flow_hands, &zero);

	if (!hand)
		return NULL;
	barrier_var(hand); /* as in header_get() */
	return &hand->resting;
}

static __always_inline bool somebody_rests(void)
{
	struct sl_line *line = line_get();

	return line && *(volatile __u64 *)&line->head != *(volatile __u64 *)&line->tail;
}

static __always_inline struct sl_resting *line_place(__u64 turn)
{
	__u32 size = line_size(), row = size ? turn % size : 0;

	return bpf_map_lookup_elem(&resting_ports, &row);
}

/* False: the line is full. That is no port's fault, and it goes without rest. */
static __always_inline bool line_join(const struct sl_endpoint *outside, __u32 freed)
{
	struct sl_line *line = line_get();
	struct sl_resting *place;
	__u64 turn;

	if (!line)
		return false;
	if (*(volatile __u64 *)&line->tail - *(volatile __u64 *)&line->head + LINE_SPARE > line_size())
		return false;
	turn = __sync_fetch_and_add(&line->tail, 1);
	place = line_place(turn);
	if (!place)
		return false;
	place->outside = *outside;
	place->freed = freed;
	__sync_lock_test_and_set(&place->turn, turn + 1); /* a barrier too: whoever sees it sees the rest */
	return true;
}

static __always_inline __u32 rest_time(void)
{
	struct sl_config *c = config_get();

	return c ? c->timeout[SL_TIMEOUT_PORT_REST] : 0;
}

/* Another CPU's clock may be a tick ahead. */
static __always_inline bool has_rested(__u32 freed, __u32 now)
{
	return (__s32)(now - freed) >= (__s32)rest_time();
}

/* The row is the caller's alone. */
static __always_inline void remove_mapping(struct scratch *s, const struct sl_endpoint *outside)
{
	bpf_map_delete_elem(&nat_outside, outside);
	port_is_gone(s, outside);
}

static __always_inline bool remove_if_resting(struct scratch *s, struct sl_mapping *m,
					      const struct sl_endpoint *outside)
{
	union mapping_word was = mapping_read(m), is = was;

	is.references = SL_MAPPING_DEAD;
	if (!mapping_rests(was) || !mapping_swap(m, was, is))
		return false;
	remove_mapping(s, outside);
	return true;
}

/* For a row that found no place in the line: gone, or in use again and out of the line. */
static __always_inline void do_without_line(struct scratch *s, struct sl_mapping *m, const struct sl_endpoint *outside)
{
	union mapping_word line = { .all = 0 };

	line.flags = SL_MAPPING_IN_LINE;
	__sync_fetch_and_and((__u64 *)&m->references, ~line.all);
	remove_if_resting(s, m, outside);
}

/* From its end to rest, or away. Who stands in the line already stays in it, rest or no rest. */
static __always_inline void rest_or_remove(struct scratch *s, struct sl_mapping *m, const struct sl_endpoint *outside,
					   __u32 late)
{
	union mapping_word was = mapping_read(m), is = was;
	bool rests = (was.flags & SL_MAPPING_RESTS) && !(was.flags & SL_MAPPING_STEADY) && rest_time();
	bool in_line = was.flags & SL_MAPPING_IN_LINE;
	__u32 now = bpf_jiffies64();

	if (!rests && !in_line) {
		remove_mapping(s, outside);
		return;
	}
	m->freed = rests ? now : now - rest_time();
	m->late = late;
	note_resting(s, outside);
	is.references = 0;
	is.flags = SL_MAPPING_IN_LINE;
	if (!mapping_swap(m, was, is))
		remove_mapping(s, outside); /* out of the line meanwhile, which is full */
	else if (!in_line && !line_join(outside, now))
		do_without_line(s, m, outside);
}

/* The port at the front of the line: gone, out of the line if it is in use, or at the end of it again. */
static __always_inline void leave_line(struct scratch *s, const struct sl_endpoint *outside, __u32 now, bool force)
{
	struct sl_mapping *m = bpf_map_lookup_elem(&nat_outside, outside);
	union mapping_word was, is;

	if (!m)
		return;
	was = mapping_read(m);
	is = was;
	is.flags &= ~SL_MAPPING_IN_LINE;
	if (!(was.flags & SL_MAPPING_IN_LINE))
		return;
	if (mapping_is_live(was) && mapping_swap(m, was, is))
		return;
	if (mapping_rests(was) && (force || has_rested(m->freed, now)) && remove_if_resting(s, m, outside))
		return;
	if (!line_join(outside, mapping_rests(was) ? m->freed : now))
		do_without_line(s, m, outside);
}

/* Lets the first of the line go; 0: nobody's time is over. `force`: the mapping table is full. */
__noinline int end_rest(__u32 force)
{
	struct scratch *s = scratch_get();
	struct sl_line *line = line_get();
	struct sl_resting *place;
	__u32 now = bpf_jiffies64();
	__u64 turn;

	if (!line || !s)
		return 0;
	turn = *(volatile __u64 *)&line->head;
	place = line_place(turn);
	if (!place || *(volatile __u64 *)&place->turn != turn + 1)
		return 0;
	s->rested = place->outside;
	if (!force && !has_rested(place->freed, now))
		return 0;
	if (__sync_val_compare_and_swap(&line->head, turn, turn + 1) != turn)
		return 1; /* another CPU lets it go */
	leave_line(s, &s->rested, now, force);
	return 1;
}
