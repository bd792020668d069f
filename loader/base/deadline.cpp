// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/deadline.hpp"

#include <algorithm>
#include <ctime>

#include "base/file.hpp"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr size_t kIdLimit = 256;

milliseconds read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                  std::chrono::nanoseconds(now.tv_nsec));
}

}   // namespace

Clocks read_clocks() {
  return {read_file("/proc/sys/kernel/random/boot_id", kIdLimit).value_or(""), read_clock(CLOCK_BOOTTIME),
          read_clock(CLOCK_REALTIME)};
}

Deadline deadline_in(std::chrono::seconds length, const Clocks& now) {
  return {now.boot, now.since_boot + length, now.wall + length, length};
}

milliseconds time_left(const Deadline& deadline, const Clocks& now) {
  const bool same_boot = deadline.boot == now.boot;
  const milliseconds left = same_boot ? deadline.at - now.since_boot : deadline.wall - now.wall;
  const milliseconds most = same_boot ? deadline.length : deadline.length - now.since_boot;
  return std::clamp(left, milliseconds(0), std::max(most, milliseconds(0)));
}

Deadline anchored(const Deadline& deadline, const Clocks& now) {
  const milliseconds left = time_left(deadline, now);
  return {now.boot, now.since_boot + left, now.wall + left, deadline.length};
}

std::chrono::system_clock::time_point wall_time(const Deadline& deadline, const Clocks& now) {
  // Of one that has passed it is said when that was, which time_left() does not tell.
  const milliseconds left =
      deadline.boot == now.boot ? deadline.at - now.since_boot : time_left(deadline, now);
  return std::chrono::system_clock::time_point(now.wall + left);
}

}   // namespace sluice
