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

}   // namespace sluice
