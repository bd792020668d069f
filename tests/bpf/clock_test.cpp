// SPDX-License-Identifier: GPL-2.0-or-later
// The packet path's clock goes as fast as the daemon believes.
#include <chrono>

#include "kernel/machine.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Reading {
  uint32_t jiffies;
  SteadyClock::time_point time;
};

// Of one moment: somebody else may have the processor between two readings.
Reading read_both(Lab& lab) {
  while (true) {
    const auto before = SteadyClock::now();
    const uint32_t jiffies = lab.jiffies();
    if (SteadyClock::now() - before < std::chrono::milliseconds(2)) return {jiffies, before};
  }
}

TEST(Clock, TicksAsOftenAsTheKernelSays) {
  constexpr uint32_t kEnough = 50;
  Lab& lab = Lab::get();
  const Reading first = read_both(lab);
  Reading last = first;
  while (last.jiffies - first.jiffies < kEnough) last = read_both(lab);
  const std::chrono::duration<double> passed = last.time - first.time;
  EXPECT_NEAR((last.jiffies - first.jiffies) / passed.count(), jiffies_per_second(),
              jiffies_per_second() / 10.0);
}

}   // namespace
}   // namespace sluice::test
