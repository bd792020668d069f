// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/flow_changes.hpp"

#include <utility>

namespace sluice {

void FlowChanges::begin() {
  seen_.clear();
  count_ = 0;
}

void FlowChanges::note(const FlowState& flow) {
  ++count_;
  if (seen_.size() < most_) seen_.insert_or_assign(key_of(flow), flow);
}

// With some left out nobody knows which ones began.
FlowChanges::Changes FlowChanges::end() {
  Changes changes{.begun = {}, .ended = {}, .flows = count_, .too_many = count_ > most_};
  if (changes.too_many) {
    forget();
    return changes;
  }
  if (!std::exchange(is_first_, false)) {
    for (const auto& [key, flow] : seen_)
      if (!known_.contains(key)) changes.begun.push_back(flow);
    for (const auto& [key, flow] : known_)
      if (!seen_.contains(key)) changes.ended.push_back(flow);
  }
  known_ = std::exchange(seen_, {});
  return changes;
}

void FlowChanges::forget() {
  known_.clear();
  seen_.clear();
  is_first_ = true;
}

}   // namespace sluice
