// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/jiffies.hpp"

#include <cmath>
#include <ctime>

namespace sluice {

// The coarse clocks are set by the tick, and their resolution is its length (clock_getres(2)).
uint32_t jiffies_per_second() {
  timespec tick{};
  constexpr double kSecond = 1e9;
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0 || tick.tv_nsec <= 0) return 1;
  return static_cast<uint32_t>(std::lround(kSecond / static_cast<double>(tick.tv_nsec)));
}

}   // namespace sluice
