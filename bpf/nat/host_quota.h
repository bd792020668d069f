/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How many mappings an inside host has of one masquerade, and that it gets no more (RFC 6888 REQ-4). */
#pragma once

#include "bpf/base/scratch.h"
#include "bpf/base/types.h"
#include "bpf/nat/port_maps.h"
#include "bpf/state/host_count.h"

#include "maps/mapping.h"

#define NO_QUOTA (~0u >> 1)

static __always_inline void note_host(struct scratch *s, const struct sl_endpoint *inside, __u32 masquerade)
{
	s->host.inside = inside->address;
	s->host.masquerade = masquerade;
	s->host.vrf = inside->vrf;
}

/* One mapping more. Where the table has no room for the host it is not counted: mappings have a limit too. */
__noinline int host_takes(struct sl_endpoint *inside, __u32 masquerade, __u32 limit)
{
	struct scratch *s = scratch_get();

	if (!s || !inside)
		return HOST_UNCOUNTED;
	note_host(s, inside, masquerade);
	return count_host(&host_mappings, &s->host, limit);
}

/* One mapping less. */
__noinline int host_gives(struct sl_endpoint *inside, __u32 masquerade)
{
	struct scratch *s = scratch_get();

	if (!s || !inside)
		return 0;
	note_host(s, inside, masquerade);
	return uncount_host(&host_mappings, &s->host);
}
