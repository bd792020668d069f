/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the daemon runs itself, apart from the packets' programs. Tables are shared through their pins; scratch memory is
 * not pinned, so this object has one of its own. Before Linux 6.3 a packet may come in the middle of a program that
 * user space runs, on the same CPU, and would write over what the sweep has there.
 */
#include "bpf/base/ctx_tc.h"
#include "bpf/gateway.h"
#include "bpf/stage/park.h"
#include "bpf/stage/sweeper.h"

char _license[] SEC("license") = "Dual BSD/GPL";
