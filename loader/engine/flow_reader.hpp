// SPDX-License-Identifier: GPL-2.0-or-later
// All flows of an engine, piece by piece: who reads them needs memory for one piece, and the daemon does
// other things between two of them.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "engine/state.hpp"

namespace sluice {

class FlowReader {
 public:
  virtual ~FlowReader() = default;

  // Appends the next flows, some thousand at most; false: that was the last piece. A piece may be empty.
  // Flows that begin or end meanwhile may be missing; one may come twice. An error: the tables that are read
  // were exchanged for others, or cannot be read.
  virtual Result<bool> next(std::vector<FlowState>& piece) = 0;
};

}   // namespace sluice
