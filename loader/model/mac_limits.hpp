// SPDX-License-Identifier: GPL-2.0-or-later
// How many MAC addresses may speak by ports of bridges.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace sluice {

using MacLimits = std::map<std::string, uint32_t>;   // by the port's device; never 0

// What stands in the kernel (kernel/nft/mac_limits.hpp).
struct ObservedMacLimits {
  bool is_there = false;   // the table
  bool intact = false;     // with all that sluice puts in it, and nothing else
  MacLimits limits;
  std::string refused;   // why the kernel cannot have it; empty: it can, or was not asked
};

}   // namespace sluice
