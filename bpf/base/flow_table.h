/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables of flows by tuples of either family, away from the packet's own key. These are not inlined, and the long
 * key is in the scratch memory: they end the deepest chains of calls, and Linux 6.1 counts at least 32 bytes a call.
 */
#pragma once

#include "bpf/base/scratch.h"

static __noinline struct sl_flow *flow_find(const struct sl_tuple *t)
{
	if (t->family == 4) {
		struct sl_flow4_key k;

		key4_of(t, &k);
		return apart(bpf_map_lookup_elem(&flows4, &k));
	} else {
		struct scratch *s = scratch_get();

		if (!s)
			return NULL;
		key6_of(t, &s->key);
		return apart(bpf_map_lookup_elem(&flows6, &s->key));
	}
}

static __noinline int flow_insert(const struct sl_tuple *t, const struct sl_flow *f)
{
	if (t->family == 4) {
		struct sl_flow4_key k;

		key4_of(t, &k);
		return apart(bpf_map_update_elem(&flows4, &k, f, BPF_NOEXIST));
	} else {
		struct scratch *s = scratch_get();

		if (!s)
			return -1;
		key6_of(t, &s->key);
		return apart(bpf_map_update_elem(&flows6, &s->key, f, BPF_NOEXIST));
	}
}

static __noinline int flow_remove(const struct sl_tuple *t)
{
	if (t->family == 4) {
		struct sl_flow4_key k;

		key4_of(t, &k);
		return apart(bpf_map_delete_elem(&flows4, &k));
	} else {
		struct scratch *s = scratch_get();

		if (!s)
			return -1;
		key6_of(t, &s->key);
		return apart(bpf_map_delete_elem(&flows6, &s->key));
	}
}
