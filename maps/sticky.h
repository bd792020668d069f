/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sticky: LRU hash of SL_STICKY_ROWS, service and source -> the backend that the source's flows go to, and when the last one
 *     began. Only of services with a `sticky_timeout`. Who makes sources up takes the rows of those that were longest away, which
 *     are led by the turns of the service then, as without a timeout.
 */
#pragma once

#include "layout.h"

#define SL_STICKY_ROWS 65536

struct sl_sticky_key {
	struct sl_addr source;
	__u32 service; /* its object */
};
SL_ASSERT_SIZE(struct sl_sticky_key, 20);

struct sl_sticky {
	__u32 backend; /* its object: each address of a backend has one */
	__u32 seconds; /* since boot */
};
SL_ASSERT_SIZE(struct sl_sticky, 8);
