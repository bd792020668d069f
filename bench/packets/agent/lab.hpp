// SPDX-License-Identifier: GPL-2.0-or-later
// What the driver says about the lab that it made: plain data.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::bench {

using Mac = std::array<uint8_t, 6>;

// The VXLAN between a host and the gateway. Its ends are the two ends of the wire.
struct Tunnel {
  uint32_t vni = 0;
  uint32_t local = 0, remote = 0;   // outer addresses of the host and the gateway: IPv4, host byte order
  Mac mac{}, gateway_mac{};         // of the frames inside
  bool sums_by_device = false;      // outer UDP sums may arrive as a device gets them that completes them
};

// One of the two hosts beside the gateway.
struct EndConfig {
  std::string netns;   // path
  std::string device;
  Mac mac{};                      // of the host
  Mac gateway_mac{};              // of the gateway's device that it is wired to
  uint16_t vlan = 0;              // tag of its frames (inside); 0: none
  std::optional<Tunnel> tunnel;   // that its frames are in (inside)
};

// The gateway, where the agent itself is to forward (the ceiling).
struct GatewayConfig {
  std::string netns, inside_device, outside_device;
};

// An address of the lab's family.
struct Address {
  std::array<uint32_t, 3> network{};   // what one of IPv6 begins with, as it is on the wire
  uint32_t host = 0;                   // its last 32 bits, host byte order
};

struct LabConfig {
  EndConfig inside, outside;
  bool ipv6 = false;
  Address inside_base, outside_base;
  std::optional<Address> nat_address;   // none: nothing translates
  uint8_t ttl = 0;                      // that a packet arrives with
  int core = 0;                         // that generates
  std::optional<GatewayConfig> ceiling;
};

}   // namespace sluice::bench
