// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/machine.hpp"

#include <charconv>
#include <cmath>
#include <ctime>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sluice {

namespace {

// "MemTotal:       24657696 kB"
uint64_t bytes_in(std::string_view line) {
  const size_t at = line.find_first_of("0123456789");
  uint64_t number = 0;
  if (at != std::string_view::npos) std::from_chars(line.data() + at, line.data() + line.size(), number);
  return number * 1024;
}

}   // namespace

Result<Memory> read_memory() {
  const std::string text = TRY(read_file("/proc/meminfo", 1 << 16));
  Memory memory;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("MemTotal:")) memory.total = bytes_in(line);
    if (line.starts_with("MemAvailable:")) memory.available = bytes_in(line);
  }
  return memory;
}

// The coarse clocks are set by the tick, and their resolution is its length (clock_getres(2)).
uint32_t jiffies_per_second() {
  timespec tick{};
  constexpr double kSecond = 1e9;
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0 || tick.tv_nsec <= 0) return 1;
  return static_cast<uint32_t>(std::lround(kSecond / static_cast<double>(tick.tv_nsec)));
}

}   // namespace sluice
