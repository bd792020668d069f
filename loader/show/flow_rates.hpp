// SPDX-License-Identifier: GPL-2.0-or-later
// How much each flow carries a second, by looks at all of them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/state.hpp"

namespace sluice {

// A second.
struct FlowRate {
  float there = 0, back = 0;   // bytes of the original direction, and of the answers
  float packets = 0;           // of both
  double bytes() const { return double{there} + back; }
};

// A look is begin(), note() of every flow and end(). One that failed is begun anew.
//
// A row of a flow has 56 bytes; rows of flows that are gone make room for others. Rows are found by a hash
// with secrets: who begins flows cannot choose that they meet.
class FlowRates {
 public:
  using Clock = std::chrono::steady_clock;

  // `most`: flows that are followed; others have no rate.
  explicit FlowRates(size_t most);

  void begin(Clock::time_point now);
  // None: it was not there in the look before, or nobody knows whether it was.
  std::optional<FlowRate> note(const FlowState& flow, Clock::time_point now);
  void end() { is_complete_ = true; }
  void forget();

 private:
  struct Row {
    uint64_t key, there, back, packets;
    uint32_t at;     // milliseconds
    uint32_t look;   // that it was seen in last
    FlowRate rate;
    bool is_known;   // the rate
  };
  using Secret = std::array<unsigned long long, 11>;   // as maps/ spell 64 bits

  uint64_t hash_of(const FlowKey& key) const;
  uint32_t milliseconds(Clock::time_point now) const;
  Row fresh(const FlowState& flow, uint64_t key, uint32_t at) const;
  void look_again(Row& row, const FlowState& flow, uint32_t at) const;
  Row* place_for_another(std::vector<Row>& rows);

  const size_t most_;
  Secret high_{}, low_{};
  std::vector<std::vector<Row>> buckets_;   // by the first bits of the hash
  size_t rows_ = 0;
  Clock::time_point start_ = Clock::now();
  uint32_t look_ = 0;
  Clock::time_point begun_{};
  float since_before_ = 0;     // seconds since the look before began; 0: that was not complete
  bool is_complete_ = false;   // the last look
};

}   // namespace sluice
