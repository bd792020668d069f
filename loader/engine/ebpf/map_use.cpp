// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/map_use.hpp"

#include <fmt/format.h>

#include <string>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sluice {

Result<MapUse> use_of(int map_fd) {
  const std::string text = TRY(read_file(fmt::format("/proc/self/fdinfo/{}", map_fd), 1 << 16));
  MapUse use;
  for (const std::string_view line : split(text, '\n')) {
    const auto cells = split(line, '\t');
    if (cells.size() != 2) continue;
    const std::string value(cells[1]);
    if (cells[0] == "max_entries:") use.size = static_cast<uint32_t>(std::stoul(value));
    if (cells[0] == "memlock:") use.bytes = std::stoull(value);
  }
  return use;
}

}   // namespace sluice
