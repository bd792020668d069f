// SPDX-License-Identifier: GPL-2.0-or-later
// Where the packets of one capture come from, for as long as this lives.
#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "kernel/perf_ring.hpp"

namespace sluice {

class CaptureSource {
 public:
  virtual ~CaptureSource() = default;
  // Where packets are to be written, by CPU: whoever reads the rings has made them. Once, before all else.
  virtual Result<> put_rings(const std::vector<PerfEvent>& rings) = 0;
  // From now on packets are written there, and no longer than a few seconds after the last call.
  virtual void go_on() = 0;
};

}   // namespace sluice
