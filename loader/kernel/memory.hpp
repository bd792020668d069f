// SPDX-License-Identifier: GPL-2.0-or-later
// How much memory the machine has, and how much of it could be taken without swapping.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace sluice {

struct Memory {
  uint64_t total = 0, available = 0;   // bytes
};
Result<Memory> read_memory();

}   // namespace sluice
