// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/cluster.hpp"

namespace sluice {

InterfaceAddress router_address(uint8_t id) {
  constexpr uint8_t kLinkLocal = 64;
  return {IpAddress::parse("fe80::200:5eff:fe00:200")->plus(id), kLinkLocal};
}

}   // namespace sluice
