// SPDX-License-Identifier: GPL-2.0-or-later
// From which source file and line the machine code of a loaded BPF program is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice::bench {

struct Place {
  uint64_t address = 0;   // from here to the next place
  std::string file;       // empty: no code of this program
  uint32_t line = 0;
};

// By address. Needs the right to see kernel addresses.
Result<std::vector<Place>> places_of(uint32_t id);

}   // namespace sluice::bench
