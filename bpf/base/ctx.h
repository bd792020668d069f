/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The context of the hook that is compiled: XDP where the entry file has chosen ctx_xdp.h before, else tc. Code that exists
 * for one hook alone includes that hook's file itself, so that it does not compile for the other one.
 */
#pragma once

#ifndef CTX_IS_TC
#include "bpf/base/ctx_tc.h"
#endif
