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

}   // namespace sluice
