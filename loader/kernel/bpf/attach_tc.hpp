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
// verifier reads the one that shall have it.

// True: the place is held, under the name of the program that comes, which takes it by attach_tc(). False:
// there is one of sluice already, or the kernel has no tcx.
Result<bool> hold_place(const std::string& link, uint32_t index, Hook hook);

// tcx (Linux 6.6): programs that are attached to a device itself and run before all filters. Each direction
// has a list of them, in which sluice's are known by their names.

// Whether the kernel has it and this process may use it: to know its own programs it asks for them by number.
bool has_tcx();
// First of the list, or in one step in the place of an older one. True: it was that.
Result<bool> attach_tcx(const std::string& link, uint32_t index, Hook hook, int program_fd);
// What is gone already is success.
Result<> detach_tcx(const std::string& link, uint32_t index, Hook hook);
// Number of sluice's program; 0: none.
uint32_t attached_tcx(uint32_t index, Hook hook);

// tc by filters, for kernels before 6.6: clsact with one filter per direction at a fixed place.

// In one step in the place of what is there.
Result<> attach_filter(const std::string& link, uint32_t index, Hook hook, int program_fd);
// Also removes clsact when nothing else is left on it. What is gone already is success.
Result<> detach_filter(const std::string& link, uint32_t index, Hook hook);
// Number of the program at sluice's place; 0: none.
uint32_t attached_filter(uint32_t index, Hook hook);

}   // namespace sluice
