/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rows that begin with the count of what a host has, up to a limit; the last one takes the row with it. To count up
 * may fail where many CPUs do so at once, to count down never does: a count that is not given back would stay for ever.
 */
#pragma once

#include "bpf/base/types.h"

#include "maps/accounts.h"

#define COUNT_TRIES 8

enum host_count { HOST_COUNTED, HOST_UNCOUNTED, HOST_IS_FULL, HOST_IS_NEW };

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

/*
 * `first` is the row of a host that has one. HOST_IS_NEW: counted, and it had none. `second` gets the row's second count,
 * which goes up with the first; NULL: it has none.
 */
static __always_inline enum host_count count_row(void *table, const void *host, const void *first, __u32 limit,
						 __u32 *second)
{
	enum host_count result = HOST_UNCOUNTED;
	__u32 *count;
	int i;

	for (i = 0; i < COUNT_TRIES && result == HOST_UNCOUNTED; i++) {
		count = bpf_map_lookup_elem(table, host);
		if (count)
			result = count_up(count, limit);
		else if (!bpf_map_update_elem(table, host, first, BPF_NOEXIST))
			result = HOST_IS_NEW;
		if (second && result == HOST_IS_NEW)
			*second = 1;
		if (second && count && result == HOST_COUNTED)
			*second = __sync_fetch_and_add(&count[1], 1) + 1;
	}
	return result;
}

/* Of rows that are a count and nothing else. */
static __always_inline enum host_count count_host(void *table, const void *host, __u32 limit)
{
	__u32 one = 1;
	enum host_count result = count_row(table, host, &one, limit, NULL);

	return result == HOST_IS_NEW ? HOST_COUNTED : result;
}

enum { HOST_NOT_THERE, HOST_LEFT, HOST_HAS_NONE };

/* HOST_HAS_NONE: it was the last, and the row is gone: marked before, so that nobody counts there any more. */
static __always_inline int uncount_host(void *table, const void *host)
{
	__u32 *count = bpf_map_lookup_elem(table, host), was;

	was = count ? *(volatile __u32 *)count : 0;
	if (was == 0 || was == SL_HOST_GONE)
		return HOST_NOT_THERE;
	if (__sync_fetch_and_add(count, -1) != 1 || __sync_val_compare_and_swap(count, 0, SL_HOST_GONE) != 0)
		return HOST_LEFT;
	bpf_map_delete_elem(table, host);
	return HOST_HAS_NONE;
}
