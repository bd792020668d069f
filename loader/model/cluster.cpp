// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/cluster.hpp"

namespace sluice {

InterfaceAddress router_address(const MovingAddresses& moving) {
  constexpr uint8_t kLinkLocal = 64, kAlone = 32;
  if (moving.own && moving.own->is_ipv4()) return {IpAddress::parse("169.254.0.0")->plus(moving.id), kAlone};
  return {IpAddress::parse("fe80::200:5eff:fe00:200")->plus(moving.id), kLinkLocal};
}

}   // namespace sluice
