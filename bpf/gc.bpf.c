/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the daemon runs itself, apart from the packets' programs. Tables are shared through their pins; scratch memory is
 * not pinned, so this object has one of its own. Before Linux 6.3 a packet may come in the middle of a program that
 * user space runs, on the same CPU, and would write over what the collector has there.
 */
#include "bpf/base/ctx_tc.h"
#include "bpf/base/maps.h"
#include "bpf/base/patch_room.h"
#include "bpf/base/types.h"
#include "bpf/flow/gc_run.h"

/* EBUSY_RC: this CPU's scratch memory is another collector's, which goes on when its process does. */
SEC("tc")
int sluice_gc(struct __sk_buff *ctx)
{
	__u32 *claim = gc_running_get();
	int done;

	PATCH_ROOM(2500);
	if (!claim || __sync_lock_test_and_set(claim, 1))
		return EBUSY_RC;
	done = gc_as_told(ctx);
	ctx->priority = describe_types();
	claim = gc_running_get();
	if (claim)
		__sync_lock_test_and_set(claim, 0);
	return done;
}

char _license[] SEC("license") = "Dual BSD/GPL";
