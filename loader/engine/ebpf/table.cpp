// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/table.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <string>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sluice {

Result<UniqueFd> open_checked(const Pins& pins, const std::string& name, size_t key, size_t value) {
  UniqueFd fd = TRY(pins.open(pins.map(name)));
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (const int rc = bpf_obj_get_info_by_fd(fd.get(), &info, &length))
    return fail_errno("ask about map " + name, -rc);
  if (info.key_size != key || info.value_size != value)
    return fail(fmt::format("map {} has rows of {}+{} bytes where this release has {}+{}: {}", name,
                            info.key_size, info.value_size, key, value, kAnotherRelease));
  return fd;
}

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
