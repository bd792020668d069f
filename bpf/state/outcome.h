/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What becomes of a packet whose flow was looked at. */
#pragma once

#include "bpf/base/types.h"

/* What a flow that was looked at does with its packet. */
enum { REVALIDATE_GOES_ON, REVALIDATE_ENDED, REVALIDATE_DROP, REVALIDATE_REFUSED };
