/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A bucket (limit.h) as another gateway has it, which the daemon has the collector keep. */
#pragma once

#include "limit.h"

struct sl_limit_debt {
	struct sl_limit_key key;
	__u64 full_at; /* as of struct sl_bucket, by the clock of this machine */
	__u32 rooms;   /* sl_limit.rooms; 0: the bucket in limit_shared is meant */
	__u32 zero;
};
SL_ASSERT_SIZE(struct sl_limit_debt, 40);
