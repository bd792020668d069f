// SPDX-License-Identifier: GPL-2.0-or-later
// Ends of tunnels that frames go through: a GRETAP for each endpoint, or a VXLAN for each endpoint and VLAN.
// Both sides of a tunnel are worked out from here. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/network.hpp"

namespace sluice {

// Inside the tunnel.
inline constexpr uint32_t kFrameMtu = 1500;
// Outer IPv4, the tunnel's own header, inner Ethernet.
inline constexpr uint32_t kVxlanOverhead = 20 + 8 + 8 + 14, kGretapOverhead = 20 + 4 + 14;

struct TunnelPort {
  std::string device;
  uint16_t vlan = 0;   // 0: all that the bridge has
  uint32_t vni = 0;    // 0: it is a GRETAP
};

// By the device's name the numbers of the network and of the endpoint are told: "vx7200-2", "gt12345678-2".
// The network is complete (allocate.hpp).
std::vector<TunnelPort> tunnel_ports(const Network& network, const NetworkEndpoint& endpoint);

// The UDP port of an endpoint's VXLANs, at both ends. Endpoints are told apart by it, because Linux knows a
// VXLAN by VNI and port alone.
uint16_t vxlan_port(const Network& network, const NetworkEndpoint& endpoint);

// The largest packet in a frame that needs no fragments in a tunnel of this MTU.
uint32_t whole_packet(const Network& network, uint32_t mtu);

}   // namespace sluice
