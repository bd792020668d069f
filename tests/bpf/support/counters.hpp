// SPDX-License-Identifier: GPL-2.0-or-later
// The counters of all interfaces at one moment, and what a packet added to them.
#pragma once

#include <array>
#include <map>
#include <string>

#include "engine/ebpf/tables.hpp"
#include "maps/drop_reasons.h"

namespace sluice::test {

inline constexpr uint32_t kSlots = 8;   // more than the lab has interfaces; 0: not managed

struct Counters {
  std::array<sl_iface_counters, kSlots> interfaces{};
  std::array<sl_drops, kSlots> drops{};
};

Counters counters_now(const Tables& tables);

// What one packet was counted as, or "counted ..." when that is not exactly one thing.
struct Counted {
  std::string what;   // "forwarded", "to host", "from host", "ignored", "handed on", "dropped: REASON"
  uint32_t slot = 0;
  uint64_t bytes = 0;
};

// Reads only what can have changed: a drop reason's row moves together with its interface's row.
class CounterWatch {
 public:
  void forget() { fresh_ = false; }    // packets come that are not watched
  void before(const Tables& tables);   // a packet
  Counted after(const Tables& tables);

 private:
  Counters seen_;
  bool fresh_ = false;
};

std::string reason_name(uint32_t reason);
uint32_t reason_number(const std::string& name);

}   // namespace sluice::test
