/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What becomes of mappings, told to the daemon (maps/events.h). */
#pragma once

#include "bpf/base/events.h"
#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/mapping.h"

#include "maps/events.h"
#include "maps/layout.h"
#include "maps/mapping.h"

static __always_inline struct sl_event *event_prepare(__u8 kind, const struct sl_endpoint *inside,
						      const struct sl_endpoint *outside, __u32 object)
{
	struct scratch *s = scratch_get();

	if (!s)
		return NULL;
	memset(&s->event, 0, sizeof(s->event));
	s->event.kind = kind;
	s->event.protocol = inside->protocol;
	s->event.vrf = inside->vrf;
	s->event.object = object;
	s->event.inside = inside->address;
	s->event.inside_port = inside->port;
	s->event.outside = outside->address;
	s->event.outside_port = outside->port;
	return &s->event;
}

/* A mapping of a masquerade that logs begins or ends. */
__noinline int report_mapping(__u32 kind, struct sl_endpoint *outside, struct sl_mapping *m)
{
	struct sl_event *event;

	if (!outside || !m || !(m->flags & SL_MAPPING_LOGGED))
		return 0;
	event = event_prepare(kind, &m->other, outside, m->masquerade);
	return event ? event_report(event) : 0;
}

/* Something ran out: `wanted` says who asked for more, and `count` how much there is of it. */
__noinline int report_shortage(__u32 kind, struct sl_mapping *wanted, struct sl_addr *outside, __u32 count)
{
	struct scratch *s = scratch_get();
	struct sl_event *event;

	if (!s || !wanted || !outside || !event_is_due(kind, wanted->masquerade, wanted->other.vrf))
		return 0;
	endpoint_set(&s->held, outside, 0, wanted->other.protocol, 0);
	event = event_prepare(kind, &wanted->other, &s->held, wanted->masquerade);
	if (!event)
		return 0;
	event->inside_port = 0;
	event->count = count;
	return event_report(event);
}
