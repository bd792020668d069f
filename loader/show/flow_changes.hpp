// SPDX-License-Identifier: GPL-2.0-or-later
// Which flows began and ended between two looks at all of them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/state.hpp"

namespace sluice {

// A look is begin(), note() of every flow and end(). A look that failed is begun anew.
class FlowChanges {
 public:
  // `most`: flows that are followed; where there are more, none is.
  explicit FlowChanges(size_t most) : most_(most) {}

  void begin();
  void note(const FlowState& flow);
  struct Changes {
    std::vector<FlowState> begun, ended;   // as they were seen last; of the first look: none
    uint64_t flows = 0;                    // that are there
    bool too_many = false;
  };
  Changes end();
  void forget();
  const std::map<FlowKey, FlowState>& known() const { return known_; }

 private:
  const size_t most_;
  std::map<FlowKey, FlowState> known_, seen_;
  uint64_t count_ = 0;
  bool is_first_ = true;
};

}   // namespace sluice
