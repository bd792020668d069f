// SPDX-License-Identifier: GPL-2.0-or-later
// What a network's routing daemon is to be told, and what it says: plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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
  // Of a router around a cluster, which announces nothing: the gateway's address by which it is called, and
  // what it is told.
  std::optional<IpAddress> own;
  std::vector<Prefix> told;
  bool operator==(const RouterNeighbour&) const = default;
};

// With BGP the processes of a network speak with all its sites, and with OSPF there are some for each site,
// so that no site sees or changes what others announce. One process speaks with the routers around a cluster.
struct Router {
  std::string name;   // of the processes: "NETWORK", or "NETWORK:ENDPOINT" with OSPF
  std::string network;
  RoutingProtocol protocol = RoutingProtocol::kBgp;
  std::string device;                           // of the tunnel
  std::string vrf_device;                       // that it runs in; empty: the kernel has no such devices
  uint32_t asn = 0;                             // of BGP
  uint32_t area = 0;                            // of OSPF
  std::optional<IpAddress> address, address6;   // the gateway's in the tunnel
  std::vector<Prefix> announced;                // at the gateway's side
  std::optional<uint32_t> metric;               // of a cluster: MULTI_EXIT_DISC (RFC 4271 section 5.1.4)
  std::vector<RouterNeighbour> neighbours;
  bool operator==(const Router&) const = default;
};

inline constexpr char kOfSite = ':';   // in the name of a router; no name of a document has it
inline constexpr std::string_view kRouterOfCluster = "_cluster";   // nor is this one

inline bool speaks_ospf(std::string_view name) { return name.find(kOfSite) != name.npos; }
inline std::string network_of_router(std::string_view name) {
  return std::string(name.substr(0, name.find(kOfSite)));
}

struct NeighbourState {
  std::string state;       // "established"; "full" with OSPF
  uint32_t prefixes = 0;   // accepted
  bool operator==(const NeighbourState&) const = default;
};

struct RouterState {
  std::map<std::string, NeighbourState> neighbours;   // by endpoint
  std::set<Prefix> accepted;
  bool operator==(const RouterState&) const = default;
};

using RouterStates = std::map<std::string, RouterState>;   // by names of routers, or by network

}   // namespace sluice
