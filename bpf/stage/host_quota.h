/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many mappings an inside host has of one masquerade, and that it gets no more (RFC 6888 REQ-4). */
#pragma once

#define COUNT_TRIES 8
#define COUNT_DEAD 0xffffffffu /* the row is being removed */

enum host_count { HOST_COUNTED, HOST_UNCOUNTED, HOST_IS_FULL };

static __always_inline __u32 *host_find(struct scratch *s, const struct sl_addr *inside, __u32 masquerade)
{
	s->host.inside = *inside;
	s->host.masquerade = masquerade;
	return bpf_map_lookup_elem(&host_mappings, &s->host);
}

static __always_inline enum host_count count_up(__u32 *count, __u32 limit)
{
	__u32 was = *(volatile __u32 *)count;

	if (was == COUNT_DEAD)
		return HOST_UNCOUNTED;
	if (was >= limit)
		return HOST_IS_FULL;
	return __sync_val_compare_and_swap(count, was, was + 1) == was ? HOST_COUNTED : HOST_UNCOUNTED;
}

/* One mapping more. Where the table has no room for the host it is not counted: mappings have a limit too. */
__noinline int host_takes(struct sl_addr *inside, __u32 masquerade, __u32 limit)
{
	struct scratch *s = scratch_get();
	enum host_count result = HOST_UNCOUNTED;
	__u32 one = 1, *count;
	int i;

	if (!s || !inside)
		return HOST_UNCOUNTED;
	for (i = 0; i < COUNT_TRIES && result == HOST_UNCOUNTED; i++) {
		count = host_find(s, inside, masquerade);
		if (count)
			result = count_up(count, limit);
		else if (!bpf_map_update_elem(&host_mappings, &s->host, &one, BPF_NOEXIST))
			return HOST_COUNTED;
	}
	return result;
}

/* One mapping less; the last one takes the row with it. */
__noinline int host_gives(struct sl_addr *inside, __u32 masquerade)
{
	struct scratch *s = scratch_get();
	__u32 was, is, *count;
	int i;

	if (!s || !inside)
		return 0;
	count = host_find(s, inside, masquerade);
	for (i = 0; count && i < LET_GO_TRIES; i++) {
		was = *(volatile __u32 *)count;
		if (was == 0 || was == COUNT_DEAD)
			return 0;
		is = was == 1 ? COUNT_DEAD : was - 1;
		if (__sync_val_compare_and_swap(count, was, is) != was)
			continue;
		if (is == COUNT_DEAD)
			bpf_map_delete_elem(&host_mappings, &s->host);
		return 1;
	}
	return 0;
}
