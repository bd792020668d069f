// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/open_map.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

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

}   // namespace sluice
