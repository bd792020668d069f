// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/spans.hpp"

namespace sluice::config {
namespace {

using Traffic = std::tuple<std::string_view, std::string_view, Family>;   // from, to

std::vector<Traffic> traffic_of(const Masquerade& masquerade) {
  std::vector<Traffic> traffic;
  for (const auto& from : masquerade.from)
    for (const auto& to : masquerade.to) {
      if (masquerade.ipv4) traffic.emplace_back(from, to, Family::kIpv4);
      if (masquerade.ipv6) traffic.emplace_back(from, to, Family::kIpv6);
    }
  return traffic;
}

void check_traffic_differs(Draft& draft) {
  std::map<Traffic, const Masquerade*> seen;
  for (const auto& [masquerade, node] : draft.masquerades)
    for (const auto& traffic : traffic_of(masquerade)) {
      const auto* first = seen.try_emplace(traffic, &masquerade).first->second;
      if (first == &masquerade) continue;
      const auto& [from, to, family] = traffic;
      draft.complaints.say(
          *node,
          fmt::format("masquerade {} on line {} already translates {} from {} to {}", quote(first->name),
                      first->line, to_string(family), quote(from), quote(to)),
          "one masquerade for each pair of zones and family");
      break;
    }
}

bool translates(const Masquerade& masquerade, Family family) {
  return family == Family::kIpv4 ? masquerade.ipv4 : masquerade.ipv6;
}

void check_pool_families(const Masquerade& masquerade, const Node& node, Complaints& complaints) {
  if (masquerade.addresses.empty()) return;
  bool there[2] = {};
  for (const auto& range : masquerade.addresses) {
    const auto family = range.first.family();
    there[family == Family::kIpv6] = true;
    if (translates(masquerade, family)) continue;
    complaints.say(place(node, "addresses"),
                   fmt::format("{} is {}, which this masquerade does not translate", range.to_string(),
                               to_string(family)),
                   fmt::format("addresses of the masquerade's family, or \"family\": \"{}\"",
                               masquerade.ipv4 ? "both" : to_string(family)));
    return;
  }
  for (const auto family : {Family::kIpv4, Family::kIpv6})
    if (translates(masquerade, family) && !there[family == Family::kIpv6])
      complaints.say(place(node, "addresses"), fmt::format("the pool has no {} address", to_string(family)),
                     "a pool has addresses of each family that is translated");
}

void check_sides_fit(const StaticMapping& mapping, const Node& node, Complaints& complaints) {
  const Prefix &outside = mapping.outside, &inside = mapping.inside;
  if (outside.address.family() != inside.address.family())
    complaints.say(place(node, "inside"),
                   fmt::format("{} cannot stand for {}", inside.to_string(), outside.to_string()),
                   "both of one family");
  else if (outside.length != inside.length)
    complaints.say(place(node, "inside"),
                   fmt::format("{} and {} differ in length", outside.to_string(), inside.to_string()),
                   "as many addresses on both sides");
  else if (outside.overlaps(inside))
    complaints.say(place(node, "inside"), "the inside overlaps the outside", "two different networks");
}

// RFC 6296 section 3: the difference goes into the subnet, or into the host part of longer prefixes.
void check_neutral_fits(const StaticMapping& mapping, const Node& node, Complaints& complaints) {
  constexpr int kLongest = 64;
  if (!mapping.checksum_neutral) return;
  for (const auto& [key, side] : {std::pair{"outside", mapping.outside}, {"inside", mapping.inside}})
    if (side.address.is_ipv4() || side.length > kLongest)
      return complaints.say(
          place(node, key),
          fmt::format("{} cannot be translated with \"checksum_neutral\"", side.to_string()),
          "IPv6 prefixes of at most 64 bits");
}

void check_sides_differ(std::string_view side, Prefix StaticMapping::*member, Draft& draft) {
  const auto& all = draft.static_mappings;
  std::vector<Span<std::pair<std::string_view, Family>, IpAddress>> spans;
  for (size_t i = 0; i < all.size(); ++i) {
    const Prefix& prefix = all[i].value.*member;
    const std::string_view vrf = side == "inside" ? std::string_view(all[i].value.vrf) : std::string_view();
    spans.push_back({{vrf, prefix.address.family()}, prefix.address, prefix.last(), i});
  }
  for (const auto& [earlier, later] : find_overlaps(std::move(spans)))
    draft.complaints.say(place(*all[later].node, side),
                         fmt::format("{} overlaps the {} of static mapping {} on line {}",
                                     (all[later].value.*member).to_string(), side,
                                     quote(all[earlier].value.name), all[earlier].value.line),
                         "an address has one static mapping");
}

// Outside prefixes in order; those that overlap were complained about.
std::vector<const StaticMapping*> sorted_by_outside(const Draft& draft) {
  std::vector<const StaticMapping*> sorted;
  sorted.reserve(draft.static_mappings.size());
  for (const auto& mapping : draft.static_mappings) sorted.push_back(&mapping.value);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->outside < b->outside; });
  return sorted;
}

// Ports of an address that a static mapping owns cannot be handed out: the answers would go to its inside.
void check_pool_is_free(const Masquerade& masquerade, const Node& node,
                        const std::vector<const StaticMapping*>& owners, Complaints& complaints) {
  for (const auto& range : masquerade.addresses) {
    const auto after = std::upper_bound(
        owners.begin(), owners.end(), range.last,
        [](const IpAddress& last, auto* mapping) { return last < mapping->outside.address; });
    if (after == owners.begin()) continue;
    const StaticMapping& owner = **std::prev(after);
    if (range.overlaps({owner.outside.address, owner.outside.last()}))
      complaints.say(place(node, "addresses"),
                     fmt::format("{} belongs to static mapping {} on line {}", range.to_string(),
                                 quote(owner.name), owner.line),
                     "a pool of other addresses");
  }
}

// Networks of IPv6 in a VRF, as the document says them. `all_known`: no interface there may have others.
struct NetworksOfVrf {
  std::vector<Prefix> prefixes;
  bool all_known = true;
};

void add_interface(const Interface& interface, NetworksOfVrf& networks) {
  std::vector<Prefix> prefixes = interface.behind;
  for (const auto* addresses : {&interface.addresses, &interface.own_addresses})
    for (const InterfaceAddress& address : *addresses) prefixes.push_back(Prefix::of(address));
  std::erase_if(prefixes, [](const Prefix& one) { return one.address.is_ipv4(); });
  networks.all_known &= !prefixes.empty();
  std::ranges::move(prefixes, std::back_inserter(networks.prefixes));
}

// Behind a network, whichever VRF it has: what it leaves out is allotted.
void add_network(const Network& network, const Prefix& pool, NetworksOfVrf& networks) {
  networks.prefixes.push_back(network.subnet6.value_or(pool));
  std::ranges::copy(network.routes, std::back_inserter(networks.prefixes));
  for (const NetworkEndpoint& endpoint : network.endpoints)
    std::ranges::copy(endpoint.routes, std::back_inserter(networks.prefixes));
}

NetworksOfVrf networks_of_vrf(const Draft& draft, std::string_view vrf) {
  NetworksOfVrf networks;
  for (const auto& interface : draft.interfaces)
    if (interface.value.vrf == vrf) add_interface(interface.value, networks);
  for (const auto& one : draft.vrfs)
    if (one.value.name == vrf)
      for (const VrfRoute& route : one.value.routes) networks.prefixes.push_back(route.to);
  for (const auto& network : draft.networks) add_network(network.value, draft.wireguard.subnets6, networks);
  return networks;
}

// RFC 6296. An interface that the document gives no address of IPv6 may have some by others, and a route may
// lead on: so this is only a warning.
void warn_of_empty_insides(Draft& draft) {
  constexpr int kHost = 128;
  std::map<std::string_view, NetworksOfVrf> vrfs;
  for (const auto& [mapping, node] : draft.static_mappings) {
    const Prefix& inside = mapping.inside;
    if (inside.address.is_ipv4() || inside.length == kHost) continue;
    auto at = vrfs.find(mapping.vrf);
    if (at == vrfs.end()) at = vrfs.emplace(mapping.vrf, networks_of_vrf(draft, mapping.vrf)).first;
    const auto overlaps = [&](const Prefix& one) { return one.overlaps(inside); };
    if (!at->second.all_known || std::ranges::any_of(at->second.prefixes, overlaps)) continue;
    draft.complaints.warn(place(*node, "inside"),
                          fmt::format("no network of the document has addresses of {}: nothing is "
                                      "translated, unless a route of this machine leads there",
                                      inside.to_string()),
                          "a prefix of the networks inside, or an address of it at their interface");
  }
}

}   // namespace

void check_masquerades(Draft& draft) {
  check_traffic_differs(draft);
  const auto owners = sorted_by_outside(draft);
  for (const auto& [masquerade, node] : draft.masquerades) {
    check_pool_families(masquerade, *node, draft.complaints);
    check_pool_is_free(masquerade, *node, owners, draft.complaints);
  }
}

void check_static_mappings(Draft& draft) {
  for (const auto& [mapping, node] : draft.static_mappings) {
    check_sides_fit(mapping, *node, draft.complaints);
    check_neutral_fits(mapping, *node, draft.complaints);
  }
  check_sides_differ("outside", &StaticMapping::outside, draft);
  check_sides_differ("inside", &StaticMapping::inside, draft);
  warn_of_empty_insides(draft);
}

}   // namespace sluice::config
