// SPDX-License-Identifier: GPL-2.0-or-later
// tc: clsact with one filter per direction at a fixed place, replaced in one step.
#pragma once

#include <string>

#include "base/result.hpp"
#include "plan/observed.hpp"

namespace sluice {

Result<> attach_tc(const std::string& link, uint32_t index, Hook hook, int program_fd);
// Also removes clsact when nothing else is left on it. What is gone already is success.
Result<> detach_tc(const std::string& link, uint32_t index, Hook hook);
// Number of the program at sluice's place; 0: none.
uint32_t attached_tc(uint32_t index, Hook hook);

}   // namespace sluice
