// SPDX-License-Identifier: GPL-2.0-or-later
// A moment to come that jumps of the wall clock do not move, and that outlives the process and a start of the
// machine.
#pragma once

#include <chrono>
#include <string>

namespace sluice {

struct Clocks {
  std::string boot;                         // this start of the machine; of another one it differs
  std::chrono::milliseconds since_boot{};   // CLOCK_BOOTTIME: goes on while the machine sleeps
  std::chrono::milliseconds wall{};         // since 1970, as far as the machine knows
};

Clocks read_clocks();

struct Deadline {
  std::string boot;                 // since which `at` means something
  std::chrono::milliseconds at{};   // by Clocks::since_boot
  std::chrono::milliseconds wall{};
  std::chrono::seconds length{};   // from when it was set
};

Deadline deadline_in(std::chrono::seconds length, const Clocks& now);

// Never more than its length; 0: it has passed. Of another start of the machine the wall clock says it, which
// may be wrong: so at least the time since this start has gone by.
std::chrono::milliseconds time_left(const Deadline& deadline, const Clocks& now);

// The same moment, by the clock of this start: from then on the wall clock is not asked again.
Deadline anchored(const Deadline& deadline, const Clocks& now);

// When that is by the wall clock of now.
std::chrono::system_clock::time_point wall_time(const Deadline& deadline, const Clocks& now);

}   // namespace sluice
