// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/bpf/pinned_maps.hpp"

#include <bpf/bpf.h>
#include <fmt/format.h>

namespace sluice {
namespace {

Result<> reuse(bpf_map* map, const UniqueFd& pinned) {
  const char* name = bpf_map__name(map);
  bpf_map_info info{};
  uint32_t length = sizeof(info);
  if (const int rc = bpf_obj_get_info_by_fd(pinned.get(), &info, &length))
    return fail_errno(fmt::format("ask about map {}", name), -rc);
  if (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
      info.value_size != bpf_map__value_size(map))
    return fail(fmt::format(
        "map {} was pinned by another release with other rows; `sluice cleanup` removes it", name));
  const int rc = bpf_map__reuse_fd(map, pinned.get());
  return rc ? fail_errno(fmt::format("take over map {}", name), -rc) : Result<>{};
}

}   // namespace

Result<> reuse_pinned_maps(const Pins& pins, bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!bpf_map__pin_path(map)) continue;   // not a shared map
    if (const auto pinned = pins.open(pins.map(bpf_map__name(map)))) TRY(reuse(map, *pinned));
  }
  return {};
}

}   // namespace sluice
