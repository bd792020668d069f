// SPDX-License-Identifier: GPL-2.0-or-later
// What ran out lately, for `status` and `doctor`: the last event of each kind, rule and VRF. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "engine/event.hpp"

namespace sluice {

class Shortages {
 public:
  using Time = std::chrono::system_clock::time_point;
  // The packet path tells of a shortage that goes on once a minute.
  static constexpr std::chrono::minutes kRecent{10};
  // Of kinds, rules and VRFs together. Of more the one told longest ago is forgotten; the log has it.
  static constexpr size_t kMost = 1024;

  void note(const NatEvent& event);   // others than shortages are passed over
  std::vector<NatEvent> recent(Time now) const;
  uint64_t told(EventKind kind) const;   // how often, since this daemon began

 private:
  std::vector<NatEvent> last_;
  std::map<EventKind, uint64_t> told_;
};

// What the operator can change about it.
std::string_view remedy_for(EventKind kind);

}   // namespace sluice
