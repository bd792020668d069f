// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/routers_of.hpp"

#include <algorithm>
#include <set>

#include "network/expand.hpp"
#include "network/implied.hpp"

namespace sluice {
namespace {

std::vector<Prefix> prefixes_of_gateway(const Network& network, const Document& document) {
  const std::vector<Prefix> resources = resource_prefixes(network, document);
  std::set<Prefix> all(resources.begin(), resources.end());
  all.insert(network.routes.begin(), network.routes.end());
  for (const auto& subnet : {network.subnet, network.subnet6})
    if (subnet) all.insert(*subnet);
  return {all.begin(), all.end()};
}

Router router_of(const Network& network, const Document& document, bool vrf_devices,
                 std::chrono::system_clock::time_point now) {
  Router router{.network = network.name,
                .vrf_device = vrf_devices ? network.vrf : "",
                .asn = network.routing.asn,
                .address = {},
                .address6 = {},
                .announced = prefixes_of_gateway(network, document),
                .neighbours = {}};
  for (const IpAddress& address : gateway_addresses(network))
    (address.is_ipv4() ? router.address : router.address6) = address;
  for (const NetworkEndpoint& endpoint : network.endpoints)
    if (is_live(endpoint, now))
      router.neighbours.push_back({endpoint.name, endpoint.address, endpoint.address6,
                                   endpoint.asn.value_or(network.routing.asn), endpoint.maximum_prefixes,
                                   endpoint.routes});
  return router;
}

}   // namespace

std::vector<Router> routers_of(const Document& document, bool vrf_devices,
                               std::chrono::system_clock::time_point now) {
  std::vector<Router> routers;
  for (const Network& network : document.networks)
    if (network.routing.protocol != RoutingProtocol::kStatic)
      routers.push_back(router_of(network, document, vrf_devices, now));
  return routers;
}

}   // namespace sluice
