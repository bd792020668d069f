// SPDX-License-Identifier: GPL-2.0-or-later
// Buckets of limits that are not full, so that another gateway can go on with them as they are.
#pragma once

#include <chrono>
#include <cstdint>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "engine/state.hpp"

namespace sluice {

struct OfVrf {
  uint16_t vrf = 0;   // 0: main
  bool operator==(const OfVrf&) const = default;
};
struct OfEndpoint {
  uint32_t object = 0;   // number; 0: of all who are no endpoint
  bool operator==(const OfEndpoint&) const = default;
};

struct LimitDebt {
  // By the key of the limit; none of them: of all who have no bucket of their own.
  using Whose = std::variant<std::monostate, IpAddress, OfVrf, OfEndpoint, FlowKey>;
  uint32_t limit = 0;   // object number
  Whose whose;
  std::chrono::steady_clock::time_point full{};   // when it will be full, if nobody takes from it
};

// What has changed from one look to the next.
class DebtNews {
 public:
  virtual ~DebtNews() = default;

  // Appends those that will not be full before `least` and were taken from since they were told last; of too
  // many those that last longest. An error: the tables were exchanged for others, or cannot be read.
  virtual Result<> take(std::chrono::steady_clock::time_point least, std::vector<LimitDebt>& debts) = 0;
};

}   // namespace sluice
