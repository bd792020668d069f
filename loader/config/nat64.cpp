// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/address_values.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kNat64Keys[] = {"name", "from", "to", "prefix", "addresses"};
const Prefix kWellKnownPrefix = *Prefix::parse("64:ff9b::/96");   // RFC 6052 section 2.1

void read_pool_of(const Node& node, Nat64& nat64, Draft& draft) {
  for (const Node* item : read_one_or_list(node, draft.complaints)) {
    const auto range = read_address_range(*item, draft.complaints);
    if (!range) continue;
    if (range->first.is_ipv4())
      nat64.source.addresses.push_back(*range);
    else
      draft.complaints.say(*item, fmt::format("{} is IPv6", range->to_string()),
                           "an IPv4 address, which is what it turns into");
  }
}

void read_one(const Node& node, Names& names, Draft& draft) {
  const Members members(node, kNat64Keys, draft.complaints);
  Nat64 nat64{.source = {}, .prefix = kWellKnownPrefix};
  nat64.source.name = names.read(node);
  nat64.source.from = read_side(members, "from", false, draft);
  nat64.source.to = read_side(members, "to", false, draft);
  nat64.source.mapping = Mapping::kPerDestination;
  nat64.source.line = draft.complaints.line_of(node);
  if (const Node* prefix = members.find("prefix"))
    nat64.prefix = read_prefix_of_ipv4(*prefix, R"("64:ff9b::/96", or one of your own)", draft.complaints)
                       .value_or(kWellKnownPrefix);
  if (const Node* pool = members.find("addresses")) read_pool_of(*pool, nat64, draft);
  draft.nat64.push_back({std::move(nat64), &node});
}

}   // namespace

void read_nat64(const Node& node, Draft& draft) {
  Names names(draft.complaints);
  for (const Node* item : read_list(node, draft.complaints)) read_one(*item, names, draft);
}

namespace {

// Those that destinations of these zones may lie in: their own, and who their own leaves destinations to.
std::set<std::string> vrfs_before(const std::vector<std::string>& zones, const Draft& draft) {
  std::set<std::string> own;
  for (const auto& [interface, node] : draft.interfaces)
    if (std::find(zones.begin(), zones.end(), interface.zone) != zones.end()) own.insert(interface.vrf);
  std::set<std::string> all = own;
  for (const auto& [vrf, node] : draft.vrfs) {
    if (!own.contains(vrf.name)) continue;
    for (const VrfRoute& route : vrf.routes)
      if (!route.via) all.insert(route.through);
  }
  return all;
}

void complain_about_network(const Placed<Nat64>& placed, const Interface& interface, const Prefix& network,
                            Draft& draft) {
  const auto& [nat64, node] = placed;
  const Node* prefix = node->member("prefix");
  draft.complaints.say(
      prefix ? *prefix : *node,
      fmt::format("the prefix {} overlaps {}, the network of {} on line {}", nat64.prefix.to_string(),
                  network.to_string(), quote(interface.name), interface.line),
      "a prefix that nobody has: what is sent to it goes to IPv4");
}

// Hosts and the gateway would lose their addresses of that network.
void check_prefix(const Placed<Nat64>& placed, Draft& draft) {
  const std::set<std::string> vrfs = vrfs_before(placed.value.source.from, draft);
  for (const auto& [interface, node] : draft.interfaces) {
    if (!vrfs.contains(interface.vrf)) continue;
    for (const InterfaceAddress& address : interface.addresses)
      if (const Prefix network = Prefix::of(address); network.overlaps(placed.value.prefix))
        return complain_about_network(placed, interface, network, draft);
  }
}

void check_pairs(Draft& draft) {
  std::map<std::pair<std::string_view, std::string_view>, const Nat64*> seen;
  for (const auto& [nat64, node] : draft.nat64)
    for (const auto& from : nat64.source.from)
      for (const auto& to : nat64.source.to) {
        const Nat64* first = seen.try_emplace({from, to}, &nat64).first->second;
        if (first != &nat64)
          return draft.complaints.say(
              *node,
              fmt::format("{} on line {} already leads from {} to {}", quote(first->source.name),
                          first->source.line, quote(from), quote(to)),
              "one rule for each pair of zones");
      }
}

}   // namespace

// What was translated by the one is not translated by the other.
void check_nat64(Draft& draft) {
  std::map<std::string_view, int> names;
  for (const auto& [masquerade, node] : draft.masquerades) names.emplace(masquerade.name, masquerade.line);
  for (const auto& placed : draft.nat64) {
    const std::string& name = placed.value.source.name;
    if (const auto at = names.find(name); at != names.end())
      draft.complaints.say(
          *placed.node->member("name"),
          fmt::format("the name {} is that of the masquerade on line {}", quote(name), at->second),
          "names are unique, counters go by them");
    check_prefix(placed, draft);
  }
  check_pairs(draft);
}

}   // namespace sluice::config
