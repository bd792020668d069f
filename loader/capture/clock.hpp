// SPDX-License-Identifier: GPL-2.0-or-later
// Times of packets, which are CLOCK_MONOTONIC, by the clock of the day.
#pragma once

#include <cstdint>
#include <ctime>

namespace sluice {

inline uint64_t capture_clock(clockid_t clock) {   // nanoseconds
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

// That clock may be set meanwhile.
class DayClock {
 public:
  uint64_t since_1970(uint64_t time) {   // nanoseconds
    constexpr uint64_t kEach = 1'000'000'000;
    if (time - read_ > kEach) {
      const uint64_t now = capture_clock(CLOCK_MONOTONIC);
      boot_ = capture_clock(CLOCK_REALTIME) - now;
      read_ = time;
    }
    return boot_ + time;
  }

 private:
  uint64_t boot_ = 0, read_ = 0;   // boot_: when CLOCK_MONOTONIC was zero
};

}   // namespace sluice
