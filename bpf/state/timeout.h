/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long a flow has been silent, and whether that is too long. */
#pragma once

#include "bpf/base/types.h"
#include "bpf/proto/transport.h"

#include "maps/config.h"
#include "maps/flow.h"
#include "maps/protocols.h"

static __always_inline __u32 timeout_of(const struct sl_config *c, __u8 protocol, __u8 state)
{
	return c->timeout[sl_timeout_of(protocol, SL_FLOW_IS_LONG(state))];
}

/* Another CPU's clock may be a tick ahead: an age is never negative. */
static __always_inline __u32 age_of(const struct sl_flow *f, __u32 now)
{
	__u32 age = now - f->stamp;

	return (__s32)age < 0 ? 0 : age;
}

static __always_inline bool is_idle_too_long(const struct sl_config *c, const struct sl_tuple *t,
					     const struct sl_flow *f, const struct sl_flow *peer, __u32 now)
{
	__u32 age = age_of(f, now), peer_age = peer ? age_of(peer, now) : age;

	return (age < peer_age ? age : peer_age) >= timeout_of(c, t->protocol, f->state);
}
