// SPDX-License-Identifier: GPL-2.0-or-later
// VRFs by name: their numbers, and which one a zone lies in.
#pragma once

#include <string_view>

#include "model/document.hpp"

namespace sluice {

// 0 of the main one, whose name is empty. Number and table are one.
inline uint16_t vrf_number(const Document& document, std::string_view name) {
  for (const Vrf& vrf : document.vrfs)
    if (vrf.name == name) return vrf.table;
  return 0;
}

// The VRF of each zone; index is the number of the zone, of which 0 is the gateway.
inline std::vector<uint16_t> vrfs_of_zones(const Document& document) {
  std::vector<uint16_t> vrfs(document.zones.size() + 1);
  for (const Interface& interface : document.interfaces)
    for (size_t zone = 0; zone < document.zones.size(); ++zone)
      if (document.zones[zone].name == interface.zone) vrfs[zone + 1] = vrf_number(document, interface.vrf);
  return vrfs;
}

}   // namespace sluice
