// SPDX-License-Identifier: GPL-2.0-or-later
// How large a table is, and what it takes.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace sluice {

struct MapUse {
  uint32_t size = 0;    // rows
  uint64_t bytes = 0;   // as /proc/self/fdinfo says
};
Result<MapUse> use_of(int map_fd);

}   // namespace sluice
