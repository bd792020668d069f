// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/l2_ports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/made_interface.hpp"

namespace sluice {
namespace {

uint32_t number_of(const Network& network, const NetworkEndpoint& endpoint) {
  return endpoint.address->ipv4() - network.subnet->address.ipv4();
}

}   // namespace

std::vector<TunnelPort> tunnel_ports(const Network& network, const NetworkEndpoint& endpoint) {
  const uint32_t number = number_of(network, endpoint);
  if (network.type == NetworkType::kL2PointToPoint)
    return {{fmt::format("gt{}-{}", network.vcid.value_or(0), number), 0, 0}};
  std::vector<TunnelPort> ports;
  for (const uint32_t vni : vnis_of(network))
    ports.push_back({fmt::format("vx{}-{}", vni, number),
                     static_cast<uint16_t>(network.vlans.empty() ? 0 : vni - *network.vni), vni});
  return ports;
}

uint16_t vxlan_port(const Network& network, const NetworkEndpoint& endpoint) {
  return static_cast<uint16_t>(kVxlanPort + number_of(network, endpoint));
}

uint32_t whole_packet(const Network& network, uint32_t mtu) {
  const uint32_t overhead = network.type == NetworkType::kL2PointToPoint ? kGretapOverhead : kVxlanOverhead;
  return mtu - std::min(mtu, overhead);
}

}   // namespace sluice
