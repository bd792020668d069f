// SPDX-License-Identifier: GPL-2.0-or-later
// tcx (Linux 6.6): programs that are attached to a device itself and run before all filters. Each direction
// has a list of them, in which sluice's are known by their names.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/observed.hpp"

namespace sluice {

// Whether the kernel has it and this process may use it: to know its own programs it asks for them by number.
bool has_tcx();
// First of the list, or in one step in the place of an older one. True: it was that.
Result<bool> attach_tcx(const std::string& link, uint32_t index, Hook hook, int program_fd);
// What is gone already is success.
Result<> detach_tcx(const std::string& link, uint32_t index, Hook hook);
// Number of sluice's program; 0: none.
uint32_t attached_tcx(uint32_t index, Hook hook);

}   // namespace sluice
