// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/cluster_names.hpp"

#include <algorithm>

namespace sluice::config {

DeviceMap to_shared_names(const DeviceMap& devices, const std::set<std::string>& mentioned) {
  DeviceMap back;
  for (const auto& [shared, own] : devices) back.emplace(own, shared);
  const auto is_only_shared = [&](const std::string& name) {
    return devices.contains(name) && !back.contains(name);
  };
  if (std::ranges::any_of(mentioned, is_only_shared))
    std::erase_if(back, [&](const auto& names) { return devices.contains(names.first); });
  return back;
}

}   // namespace sluice::config
