// SPDX-License-Identifier: GPL-2.0-or-later
// What a network means as interfaces, VRFs, zones, policies, NAT and limits: from here on it is a document
// like any other, for both engines. Pure.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/document.hpp"

namespace sluice {

// Secret.
struct NetworkKeys {
  std::map<std::string, WireguardKey> gateways;   // private, by network
  using ByEndpoint = std::map<std::string, WireguardKey>;
  std::map<std::string, ByEndpoint> endpoints;   // public, by network: of those whose pair the gateway keeps
  std::map<std::string, ByEndpoint> preshared;   // by network
};

// Where the machine's routes lead.
struct WayOut {
  std::string
      zone;   // of the default route; empty: there is none, or it leads out of no interface of the document
  std::string device;                                // of that route; empty: as for the zone
  uint32_t mtu = 1500;                               // of that device, bytes
  bool has_ipv4 = false, has_ipv6 = false;           // whether that device has an address of the family
  std::map<std::string, std::vector<Prefix>> near;   // by zone: what other routes than the default lead to
  // By network that has a routing protocol: what its sites announce.
  std::map<std::string, std::set<Prefix>> announced;
};

// The document's networks are complete (network/allocate.hpp). What cannot be had now is answered, in
// sentences.
std::vector<std::string> expand(Document& document, const NetworkKeys& keys, const WayOut& way,
                                std::chrono::system_clock::time_point now);

}   // namespace sluice
