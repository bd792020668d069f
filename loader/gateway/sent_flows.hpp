// SPDX-License-Identifier: GPL-2.0-or-later
// Which flows other gateways were told of, so that they are told what is new: found by looks at all flows,
// one after the other. Pure.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/state.hpp"

namespace sluice {

struct HashOfFlowKey {
  size_t operator()(const FlowKey& key) const;   // with a secret of this process: clients choose ports
};

class SentFlows {
 public:
  // A look is begin(), note() of each flow and end(). One that failed is begun anew. `all`: everybody is told
  // everything, because somebody knows nothing. `now` in seconds of a steady clock.
  void begin(bool all, uint32_t now);
  // Whether the others are to be told of it: they do not know it, or think that it is older than it is.
  bool note(const FlowState& flow);
  std::vector<FlowKey> end();   // that they know, and are no more
  void forget();
  size_t size() const { return known_.size(); }

 private:
  struct Known {
    uint32_t look = 0;          // that saw it last
    uint32_t seen = 0;          // seconds: its last packet, as they know it
    uint64_t translation = 0;   // hash of what its answers have, and of what is added to its numbers
    FlowPhase phase{};
  };
  std::unordered_map<FlowKey, Known, HashOfFlowKey> known_;
  uint32_t look_ = 0, now_ = 0;
  bool all_ = true;
};

}   // namespace sluice
