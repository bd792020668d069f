// SPDX-License-Identifier: GPL-2.0-or-later
// Programs that are attached to devices themselves (tcx, Linux 6.6), which Debian 12's bpftool does not show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace sluice::bench {

struct Attached {
  uint32_t id;
  std::string device;
};

// In a network namespace; none where the kernel has no tcx.
Result<std::vector<Attached>> attached_in(const std::string& netns);

}   // namespace sluice::bench
