/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows that count what a host has, up to a limit; the last one takes the row with it. */
#pragma once

#include "bpf/base/state_maps.h"

#define COUNT_TRIES 8
#define UNCOUNT_TRIES 16 /* a count that is not given back would stay for ever */

enum host_count { HOST_COUNTED, HOST_UNCOUNTED, HOST_IS_FULL };

/* HOST_UNCOUNTED: another CPU was first, or the row is dead; it may be tried again. */
static __always_inline enum host_count count_up(__u32 *count, __u32 limit)
{
	__u32 was = *(volatile __u32 *)count;

	if (was == SL_HOST_GONE)
		return HOST_UNCOUNTED;
	if (was >= limit)
		return HOST_IS_FULL;
	return __sync_val_compare_and_swap(count, was, was + 1) == was ? HOST_COUNTED : HOST_UNCOUNTED;
}

static __always_inline enum host_count count_host(void *table, const void *host, __u32 limit)
{
	enum host_count result = HOST_UNCOUNTED;
	__u32 one = 1, *count;
	int i;

	for (i = 0; i < COUNT_TRIES && result == HOST_UNCOUNTED; i++) {
		count = bpf_map_lookup_elem(table, host);
		if (count)
			result = count_up(count, limit);
		else if (!bpf_map_update_elem(table, host, &one, BPF_NOEXIST))
			return HOST_COUNTED;
	}
	return result;
}

/* Marked before the row is removed, so that nobody counts there any more. */
static __always_inline int uncount_host(void *table, const void *host)
{
	__u32 was, is, *count = bpf_map_lookup_elem(table, host);
	int i;

	for (i = 0; count && i < UNCOUNT_TRIES; i++) {
		was = *(volatile __u32 *)count;
		if (was == 0 || was == SL_HOST_GONE)
			return 0;
		is = was == 1 ? SL_HOST_GONE : was - 1;
		if (__sync_val_compare_and_swap(count, was, is) != was)
			continue;
		if (is == SL_HOST_GONE)
			bpf_map_delete_elem(table, host);
		return 1;
	}
	return 0;
}
