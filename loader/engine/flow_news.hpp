// SPDX-License-Identifier: GPL-2.0-or-later
// Flows that have just become established, as the packet path says: sooner than a look at all of them finds
// them, and for no more than they cost themselves.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "engine/state.hpp"

namespace sluice {

// The packet path says it for as long as this lives and is asked.
class FlowNews {
 public:
  virtual ~FlowNews() = default;

  // Appends those that have become so since the last call, as they are now, some hundred at most. What found
  // no room meanwhile is missing. An error: the tables were exchanged for others, or cannot be read.
  virtual Result<> take(std::vector<FlowState>& flows) = 0;
  virtual bool waits() const = 0;      // there is more to be taken
  virtual uint64_t lost() const = 0;   // flows that are missing
};

}   // namespace sluice
