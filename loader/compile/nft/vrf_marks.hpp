// SPDX-License-Identifier: GPL-2.0-or-later
// The marks of packets under the nftables engine, where the document has VRFs: what the kernel's rules choose
// the table by. The kernel's errors about a packet carry its mark as well ("fwmark_reflect"), and must go
// back to the VRF that it came from; so a packet that changes VRFs has a mark that says both.
#pragma once

#include <cstdint>

#include "maps/layout.h"

namespace sluice {

inline constexpr uint32_t kIntoMain = 0x51cf0000, kOutOfMain = 0x51d00000;   // | the other VRF

// In the main VRF packets keep to the rules that everybody's packets keep to.
constexpr uint32_t vrf_mark(uint16_t vrf) { return vrf == SL_MAIN_VRF ? 0 : SL_VRF_MARK(vrf); }

// Of a packet that came in at one VRF, and goes on in another. Between two that are not the main one it says
// only where to.
constexpr uint32_t way_mark(uint16_t at, uint16_t to) {
  if (at == to) return vrf_mark(at);
  if (to == SL_MAIN_VRF) return kIntoMain | at;
  return at == SL_MAIN_VRF ? kOutOfMain | to : vrf_mark(to);
}

}   // namespace sluice
