// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/cluster_router.hpp"

#include <algorithm>

#include "frr/cluster_bgp_config.hpp"

namespace sluice {
namespace {

using Prefixes = std::set<Prefix>;

void add_pool(const Masquerade& masquerade, Prefixes& all) {
  for (const AddressRange& range : masquerade.addresses)
    for (const Prefix& prefix : prefixes_of(range)) all.insert(prefix);
}

Prefixes translated_prefixes(const Document& document) {
  Prefixes all;
  for (const Masquerade& masquerade : document.masquerades) add_pool(masquerade, all);
  for (const Nat64& nat64 : document.nat64) add_pool(nat64.source, all);
  for (const StaticMapping& mapping : document.static_mappings) all.insert(mapping.outside);
  for (const Forward& forward : document.forwards)
    if (const auto* listen = std::get_if<IpAddress>(&forward.listen)) all.insert(Prefix::of_host(*listen));
  return all;
}

// In the main VRF, as the routers are.
void add_own(const Document& document, const std::string& zone, Prefixes& all) {
  for (const Interface& interface : document.interfaces) {
    if ((!interface.moves && !interface.shared) || !interface.vrf.empty() || interface.zone != zone) continue;
    for (const InterfaceAddress& one : interface.addresses)
      if (!one.address.is_link_local()) all.insert(Prefix::of_host(one.address));
  }
}

RouterNeighbour neighbour_of(const ClusterNeighbour& neighbour, const Document& document, Prefixes all) {
  const auto at = std::ranges::find(document.interfaces, neighbour.interface, &Interface::name);
  if (at != document.interfaces.end()) add_own(document, at->zone, all);
  all.insert(neighbour.announce.begin(), neighbour.announce.end());
  RouterNeighbour made;
  made.endpoint = neighbour.address.to_string();
  (neighbour.address.is_ipv4() ? made.address : made.address6) = neighbour.address;
  made.asn = neighbour.asn;
  made.own = neighbour.own;
  std::ranges::copy_if(all, std::back_inserter(made.told), [&](const Prefix& prefix) {
    return prefix.address.family() == neighbour.address.family();
  });
  return made;
}

}   // namespace

uint32_t metric_of_carrier(const ClusterFacts& facts, size_t nodes) {
  if (facts.heard == 0 || facts.is_hindered || 2 * facts.heard < nodes) return kMetricOfStandby;
  const size_t away = nodes - std::min(nodes, facts.carriers);
  return kMostMetric - static_cast<uint32_t>(std::min<size_t>(away, kMostMetric - kLeastMetric));
}

std::vector<Prefix> prefixes_of(const AddressRange& range) {
  std::vector<Prefix> all;
  for (IpAddress at = range.first;; at = all.back().last().plus(1)) {
    Prefix block = Prefix::of_host(at);
    while (block.length > 0) {
      const Prefix wider{at, static_cast<uint8_t>(block.length - 1)};
      if (Prefix::of({at, wider.length}) != wider || range.last < wider.last()) break;
      block = wider;
    }
    all.push_back(block);
    if (block.last() == range.last) return all;
  }
}

std::optional<Router> cluster_router_of(const Document& document, uint32_t metric) {
  if (!document.cluster || !document.cluster->addresses) return std::nullopt;
  const MovingAddresses& moving = *document.cluster->addresses;
  const Prefixes translated = translated_prefixes(document);
  Router router;
  router.name = kRouterOfCluster;
  router.asn = moving.asn;
  router.metric = metric;
  Prefixes announced;
  for (const ClusterNeighbour& neighbour : moving.neighbours) {
    if (!neighbour.own) continue;
    router.neighbours.push_back(neighbour_of(neighbour, document, translated));
    const RouterNeighbour& last = router.neighbours.back();
    announced.insert(last.told.begin(), last.told.end());
    if (!router.address && last.own->is_ipv4()) router.address = last.own;
  }
  if (router.neighbours.empty()) return std::nullopt;
  router.announced.assign(announced.begin(), announced.end());
  return router;
}

}   // namespace sluice
