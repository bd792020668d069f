// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/router_protocol.hpp"

#include <fmt/format.h>

#include <set>

#include "frr/bgp_answers.hpp"
#include "frr/bgp_config.hpp"
#include "frr/cluster_bgp_config.hpp"
#include "frr/ospf_answers.hpp"
#include "frr/ospf_config.hpp"

namespace sluice {
namespace {

Result<RouterState> ask_bgpd(const Router& router, Vty& vty) {
  const std::string summary = TRY(vty.ask(kBgpSummaryQuestion));
  const std::string routes = TRY(vty.ask(kBgpRoutesQuestion));
  return read_bgp_answers(router, summary, routes, TRY(vty.ask(kBgpRoutesQuestion6)));
}

Result<RouterState> ask_ospfd(const Router& router, Vty& vty) {
  const std::string neighbours = TRY(vty.ask(kOspfNeighboursQuestion));
  return read_ospf_answers(router, neighbours, TRY(vty.ask(kOspfRoutesQuestion)));
}

}   // namespace

std::string router_config(const Router& router) {
  if (router.name == kRouterOfCluster) return cluster_bgp_config(router);
  return router.protocol == RoutingProtocol::kOspf ? ospf_config(router) : bgp_config(router);
}

std::vector<IpAddress> listening_addresses(const Router& router) {
  std::set<IpAddress> all;
  if (router.name == kRouterOfCluster) {
    for (const RouterNeighbour& neighbour : router.neighbours)
      if (neighbour.own) all.insert(*neighbour.own);
  } else {
    for (const auto& address : {router.address, router.address6})
      if (address) all.insert(*address);
  }
  return {all.begin(), all.end()};
}

Result<RouterState> ask_router(const Router& router, Vty& vty) {
  return router.protocol == RoutingProtocol::kOspf ? ask_ospfd(router, vty) : ask_bgpd(router, vty);
}

std::string router_title(std::string_view name) {
  if (name == kRouterOfCluster) return "bgpd of the cluster";
  if (!speaks_ospf(name)) return fmt::format("bgpd of network \"{}\"", name);
  return fmt::format("ospfd of network \"{}\" for \"{}\"", network_of_router(name),
                     name.substr(name.find(kOfSite) + 1));
}

}   // namespace sluice
