// SPDX-License-Identifier: GPL-2.0-or-later
// What a network's routing daemon is to be told, and what it says: plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/address.hpp"
#include "model/network.hpp"

namespace sluice {

// A site. It may announce what is in its `routes`, and nothing else.
struct RouterNeighbour {
  std::string endpoint;
  std::optional<IpAddress> address, address6;   // of the tunnel
  uint32_t asn = 0, maximum_prefixes = 0;
  std::vector<Prefix> routes;
  bool operator==(const RouterNeighbour&) const = default;
};

struct Router {
  std::string network;
  std::string vrf_device;   // that it runs in; empty: the kernel has no such devices
  uint32_t asn = 0;
  std::optional<IpAddress> address, address6;   // the gateway's in the tunnel
  std::vector<Prefix> announced;                // at the gateway's side
  std::vector<RouterNeighbour> neighbours;
  bool operator==(const Router&) const = default;
};

struct NeighbourState {
  std::string state;       // "established"
  uint32_t prefixes = 0;   // accepted
  bool operator==(const NeighbourState&) const = default;
};

struct RouterState {
  std::map<std::string, NeighbourState> neighbours;   // by endpoint
  std::set<Prefix> accepted;
  bool operator==(const RouterState&) const = default;
};

}   // namespace sluice
