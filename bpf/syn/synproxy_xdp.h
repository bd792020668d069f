/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In place of synproxy_tc.h and cookie_check.h. Neither is reached: callers cursor on to tc before. */
#pragma once

#include "bpf/base/ctx_xdp.h"
#include "bpf/base/types.h"
#include "bpf/state/outcome.h"

#include "maps/flow.h"

static __always_inline int revalidate_proxied(pkt_ctx *ctx, struct sl_flow *f, struct sl_flow *peer, struct pkt *p)
{
	return REVALIDATE_DROP;
}

static __always_inline int open_by_cookie(pkt_ctx *ctx, struct pkt *p)
{
	return 0;
}
