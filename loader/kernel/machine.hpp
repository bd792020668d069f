// SPDX-License-Identifier: GPL-2.0-or-later
// The machine's memory and its clock.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace sluice {

// How much memory the machine has, and how much of it could be taken without swapping.
struct Memory {
  uint64_t total = 0, available = 0;   // bytes
};
Result<Memory> read_memory();

// How often the kernel's clock ticks (CONFIG_HZ): the unit in which the packet path counts time.
uint32_t jiffies_per_second();

}   // namespace sluice
