// SPDX-License-Identifier: GPL-2.0-or-later
// What a gateway is opened with, and what an apply comes to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gateway/routers.hpp"
#include "store/store.hpp"

namespace sluice {

struct GatewayPaths {
  std::filesystem::path state, pins;
  int64_t revisions_kept = kRevisionsKept;
  // Of routing daemons: gone with the machine's memory, as they are, and open to FRR's user. There is one
  // for each folder of pins.
  std::filesystem::path routers() const { return routers_of_pins(pins); }
};

struct Applied {
  int64_t revision = 0;
  std::vector<std::string> steps, notes, degraded;
};

}   // namespace sluice
