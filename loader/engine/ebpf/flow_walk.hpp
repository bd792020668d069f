// SPDX-License-Identifier: GPL-2.0-or-later
// The flows of the tables in pieces. Each is told by the row of its original direction; the other one is
// looked up by its key.
#pragma once

#include <map>
#include <vector>

#include "engine/ebpf/tables.hpp"
#include "engine/state.hpp"

namespace sluice {

class FlowWalk {
 public:
  // Appends what the next homes hold; false: those were the last. `now` in jiffies.
  Result<bool> next(const Tables& tables, uint32_t now, std::vector<FlowState>& piece);

 private:
  uint64_t home_ = 0;   // of flows4, and behind them of flows6
};

Result<std::vector<FlowState>> all_flows(const Tables& tables, uint32_t now);

// What live flows carried so far, by the number of the policy, forward or masquerade: it is not in
// object_counters yet.
Result<std::map<uint32_t, sl_object_count>> live_counts(const Tables& tables);

}   // namespace sluice
