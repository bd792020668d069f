// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/memory.hpp"

#include <charconv>

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

}   // namespace sluice
