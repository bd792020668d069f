// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/routers_of.hpp"

#include <fmt/format.h>

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
  Router router{.name = network.name,
                .network = network.name,
                .protocol = network.routing.protocol,
                .device = network.device,
                .vrf_device = vrf_devices ? network.vrf : "",
                .asn = network.routing.asn,
                .area = network.routing.area,
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

// OSPF is of IPv4: a site without such an address takes no part.
void add_for_each_site(const Router& all, std::vector<Router>& routers) {
  for (const RouterNeighbour& site : all.neighbours) {
    if (!all.address || !site.address) continue;
    Router router = all;
    router.name = fmt::format("{}{}{}", all.network, kOfSite, site.endpoint);
    router.neighbours = {site};
    routers.push_back(std::move(router));
  }
}

}   // namespace

std::vector<Router> routers_of(const Document& document, bool vrf_devices,
                               std::chrono::system_clock::time_point now) {
  std::vector<Router> routers;
  for (const Network& network : document.networks) {
    if (network.routing.protocol == RoutingProtocol::kStatic) continue;
    Router router = router_of(network, document, vrf_devices, now);
    if (router.protocol == RoutingProtocol::kOspf)
      add_for_each_site(router, routers);
    else
      routers.push_back(std::move(router));
  }
  return routers;
}

Router with_others(Router router, const RouterStates& by_name) {
  if (router.protocol != RoutingProtocol::kOspf) return router;
  std::set<Prefix> all(router.announced.begin(), router.announced.end());
  for (const auto& [name, state] : by_name)
    if (network_of_router(name) == router.network && name != router.name)
      all.insert(state.accepted.begin(), state.accepted.end());
  router.announced.assign(all.begin(), all.end());
  return router;
}

RouterStates by_network(const RouterStates& by_name) {
  RouterStates all;
  for (const auto& [name, state] : by_name) {
    RouterState& of_network = all[network_of_router(name)];
    of_network.neighbours.insert(state.neighbours.begin(), state.neighbours.end());
    of_network.accepted.insert(state.accepted.begin(), state.accepted.end());
  }
  return all;
}

}   // namespace sluice
