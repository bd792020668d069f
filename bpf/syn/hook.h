/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who takes part in handshakes: tc does. XDP, which cannot make a segment, hands on. The only choice of files by hook. */
#pragma once

#include "bpf/base/ctx.h"

#if CTX_IS_TC
#include "bpf/syn/synproxy_tc.h"
#else
#include "bpf/syn/synproxy_xdp.h"
#endif
