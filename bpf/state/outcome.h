/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What becomes of a packet whose flow was looked at. */
#pragma once

#include "bpf/base/types.h"

/* What a flow that was looked at does with its packet. */
enum { ATTEND_GOES_ON, ATTEND_ENDED, ATTEND_DROP, ATTEND_REFUSED };
