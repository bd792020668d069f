// SPDX-License-Identifier: GPL-2.0-or-later
// Behind which remote of a VXLAN a MAC address is, and how to speak to that remote.
#pragma once

#include <cstdint>

#include "model/address.hpp"
#include "model/made_interface.hpp"

namespace sluice {

struct TunnelEnd {
  uint32_t index = 0;   // of the VXLAN's device
  MacAddress mac{};
  IpAddress local, remote;
  uint32_t vni = 0;
  uint16_t port = 0;
  bool learned = false;   // by the kernel; otherwise somebody said so
};

}   // namespace sluice
