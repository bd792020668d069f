// SPDX-License-Identifier: GPL-2.0-or-later
// tc: by tcx where the kernel has it, which saves each packet the filters' way; by filters elsewhere.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/observed.hpp"

namespace sluice {

// In one step in the place of an older one of sluice. True: there was one.
Result<bool> attach_tc(const std::string& link, uint32_t index, Hook hook, int program_fd);
// What is gone already is success.
Result<> detach_tc(const std::string& link, uint32_t index, Hook hook);
// Number of sluice's program where this kernel's belongs; 0: none.
uint32_t attached_tc(uint32_t index, Hook hook);

// The kernel waits for a grace period (some 20 ms) when a device gets its first program in a direction, and
// not when it gets another one instead. So a program that lets everything pass holds the place while the
// verifier reads the one that shall have it. True: the place is held, under the name of the program that
// comes, which takes it by attach_tc(). False: there is one of sluice already, or the kernel has no tcx.
Result<bool> hold_place(const std::string& link, uint32_t index, Hook hook);

// Whether the kernel has tcx (Linux 6.6) and this process may use it: to know its own programs it asks for
// them by number.
bool has_tcx();

}   // namespace sluice
