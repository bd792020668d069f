// SPDX-License-Identifier: GPL-2.0-or-later
// What answers and failures make of an address. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "model/health.hpp"

namespace sluice {

class RiseAndFall {
 public:
  RiseAndFall(uint32_t rise, uint32_t fall, Health state) : rise_(rise), fall_(fall), state_(state) {}

  // Answers whether the state is another one now. The first answer of one that nobody knew makes it up.
  bool note(bool good);
  Health state() const { return state_; }
  // It is not down yet, and the last check failed.
  bool is_in_doubt() const { return state_ != Health::kDown && failures_ > 0; }

 private:
  uint32_t rise_, fall_;
  Health state_;
  uint32_t answers_ = 0, failures_ = 0;   // one after the other
};

// An exponentially weighted moving average of how long answers took, as TCP has of its round trips (RFC
// 6298).
class Latency {
 public:
  void note(std::chrono::microseconds time);
  std::optional<std::chrono::microseconds> mean() const { return mean_; }
  // It moved by more than a twentieth, and a tenth of a millisecond, since this was last true.
  bool has_moved();

 private:
  std::optional<std::chrono::microseconds> mean_, told_;
};

}   // namespace sluice
