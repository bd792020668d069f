// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel waits for a grace period (some 20 ms) when a device gets its first program in a direction, and
// not when it gets another one instead. So a program that lets everything pass holds the place while the
// verifier reads the one that shall have it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/observed.hpp"

namespace sluice {

// True: the place is held, under the name of the program that comes, which takes it by attach_tc(). False:
// there is one of sluice already, or the kernel has no tcx.
Result<bool> hold_place(const std::string& link, uint32_t index, Hook hook);

}   // namespace sluice
