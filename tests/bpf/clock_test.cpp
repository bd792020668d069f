// SPDX-License-Identifier: GPL-2.0-or-later
// The packet path's clock goes as fast as the daemon believes.
#include <chrono>

#include "kernel/machine.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

TEST(Clock, TicksAsOftenAsTheKernelSays) {
  constexpr uint32_t kEnough = 50;
  using Clock = std::chrono::steady_clock;
  Lab& lab = Lab::get();
  const uint32_t first = lab.jiffies();
  const auto start = Clock::now();
  uint32_t ticks = 0;
  while (ticks < kEnough) ticks = lab.jiffies() - first;
  const std::chrono::duration<double> passed = Clock::now() - start;
  EXPECT_NEAR(ticks / passed.count(), jiffies_per_second(), jiffies_per_second() / 10.0);
}

}   // namespace
}   // namespace sluice::test
