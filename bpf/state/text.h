/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Iterators over the tables of flows (Documentation/bpf/bpf_iterators.rst): what `cat` of the pins in text/ prints, a
 * line for each direction of a flow, also while no daemon runs.
 */
#pragma once

#include "bpf/base/ctx_tc.h"
#include "bpf/base/types.h"

#include "maps/flow.h"

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *value; /* NULL after the last one */
} __attribute__((preserve_access_index));

/* A call takes twelve values at most, so a line is two. */
#define IN_IPV4 "%pI4:%u > %pI4:%u"
#define IN_IPV6 "[%pI6]:%u > [%pI6]:%u"
#define PRINT_ENDS(seq, comes, leaves, key, f, from, to)                                                         \
	BPF_SEQ_PRINTF(seq, "%u " comes " vrf %u leaves as " leaves " vrf %u ", (key)->protocol, &(key)->source, \
		       bpf_ntohs((key)->source_port), &(key)->destination, bpf_ntohs((key)->destination_port),   \
		       (key)->vrf, from, bpf_ntohs((f)->source_port), to, bpf_ntohs((f)->destination_port), (f)->vrf)

static __always_inline void print_rest(struct seq_file *seq, const struct sl_flow *f)
{
	BPF_SEQ_PRINTF(seq, "state %u packets %llu bytes %llu policy %u nat %u\n", f->state, f->packets, f->bytes,
		       f->policy, f->nat);
}

static __always_inline bool is_taken(const struct sl_home *home, int row)
{
	return (home->word[row].part.state & SL_ROW_STATE) == SL_ROW_TAKEN;
}

static __always_inline void print4(struct seq_file *seq, struct sl_home4 *home, int row)
{
	struct sl_flow *f = &home->flow[row];

	if (!is_taken(&home->head, row))
		return;
	if (f->flags & SL_FLOW_OTHER_FAMILY)
		PRINT_ENDS(seq, IN_IPV4, IN_IPV6, &home->key[row], f, &f->source6, &f->destination6);
	else
		PRINT_ENDS(seq, IN_IPV4, IN_IPV4, &home->key[row], f, &f->source4, &f->destination4);
	print_rest(seq, f);
}

static __always_inline void print6(struct seq_file *seq, struct sl_home6 *home, int row)
{
	struct sl_flow *f = &home->flow[row];

	if (!is_taken(&home->head, row))
		return;
	if (f->flags & SL_FLOW_OTHER_FAMILY)
		PRINT_ENDS(seq, IN_IPV6, IN_IPV4, &home->key[row], f, &f->source4, &f->destination4);
	else
		PRINT_ENDS(seq, IN_IPV6, IN_IPV6, &home->key[row], f, &f->source6, &f->destination6);
	print_rest(seq, f);
}
