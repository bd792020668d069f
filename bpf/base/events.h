/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the operator should be told of: written here, read by the daemon, see maps/events.h. */
#pragma once

#include "bpf/base/budget.h"
#include "bpf/base/maps.h"
#include "bpf/base/types.h"

#include "maps/budget.h"
#include "maps/events.h"

#define EVENT_PAUSE 60 /* seconds between two reports of one shortage */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SL_EVENTS_BYTES); /* the daemon chooses more */
	PINNED;
} events SEC(".maps");

struct sl_event_key {
	__u16 kind, vrf;
	__u32 object;
};

/* When each shortage was reported last, in seconds since boot. Forgetting one is a report too many: LRU. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct sl_event_key);
	__type(value, __u32);
	PINNED;
} event_times SEC(".maps");

/*
 * Whoever floods has the ring but for its last places. Of these each VRF has a share, anew when as many events were read as
 * there are, so that nobody's flood hides what others have to tell.
 */
static __always_inline bool has_place(const struct sl_event *event)
{
	__u32 row = SL_BUDGET_EVENTS + event->vrf % SL_BUDGET_EVENT_ROWS;

	if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) <
	    bpf_ringbuf_query(&events, BPF_RB_RING_SIZE) - SL_EVENTS_KEPT * SL_EVENT_PLACE)
		return true;
	return budget_take(row, bpf_ringbuf_query(&events, BPF_RB_CONS_POS) / SL_EVENT_PLACE, SL_EVENTS_KEPT,
			   SL_EVENTS_SHARE);
}

/* Takes an event with everything but its time; usually the one of the scratch memory. */
__noinline int event_report(struct sl_event *event)
{
	if (!event)
		return 0;
	event->time = bpf_ktime_get_boot_ns();
	if (has_place(event) && !bpf_ringbuf_output(&events, event, sizeof(*event), 0))
		return 1;
	count_path(SL_PATH_EVENTS_LOST);
	return 0;
}

/* Whether a shortage may be reported: of each kind, object and VRF one in EVENT_PAUSE seconds, from all CPUs. */
__noinline int event_is_due(__u32 kind, __u32 object, __u32 vrf)
{
	struct sl_event_key key = { .kind = kind, .vrf = vrf, .object = object };
	__u32 now = bpf_ktime_get_boot_ns() / 1000000000, was, *last;

	last = bpf_map_lookup_elem(&event_times, &key);
	if (!last)
		return bpf_map_update_elem(&event_times, &key, &now, BPF_NOEXIST) == 0;
	was = *last;
	if (now - was < EVENT_PAUSE)
		return 0;
	return __sync_val_compare_and_swap(last, was, now) == was;
}
