// SPDX-License-Identifier: GPL-2.0-or-later
// tc by filters, for kernels before 6.6: clsact with one filter per direction at a fixed place.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/observed.hpp"

namespace sluice {

// In one step in the place of what is there.
Result<> attach_filter(const std::string& link, uint32_t index, Hook hook, int program_fd);
// Also removes clsact when nothing else is left on it. What is gone already is success.
Result<> detach_filter(const std::string& link, uint32_t index, Hook hook);
// Number of the program at sluice's place; 0: none.
uint32_t attached_filter(uint32_t index, Hook hook);

}   // namespace sluice
