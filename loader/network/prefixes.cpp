// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/prefixes.hpp"

#include <algorithm>
#include <iterator>

namespace sluice {

const std::vector<Prefix>& private_networks() {
  static const std::vector<Prefix> kNetworks = [] {
    std::vector<Prefix> networks;
    for (const char* text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                             "169.254.0.0/16", "fc00::/7", "fe80::/10"})
      networks.push_back(*Prefix::parse(text));
    return networks;
  }();
  return kNetworks;
}

Prefix all_ospf_routers() { return {*IpAddress::parse("224.0.0.5"), 32}; }

std::vector<Prefix> prefixes_behind(const Network& network, const std::set<Prefix>* announced,
                                    std::chrono::system_clock::time_point now) {
  const bool all = network.routing.protocol == RoutingProtocol::kStatic;
  std::vector<Prefix> behind;
  for (const NetworkEndpoint& endpoint : network.endpoints)
    for (const Prefix& route : endpoint.routes) {
      if (all) behind.push_back(route);
      if (all || !announced || !is_live(endpoint, now)) continue;
      std::ranges::copy_if(*announced, std::back_inserter(behind),
                           [&](const Prefix& prefix) { return route.contains(prefix); });
    }
  return behind;
}

}   // namespace sluice
