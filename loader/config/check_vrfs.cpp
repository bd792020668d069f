// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/check.hpp"
#include "config/quote.hpp"

namespace sluice::config {
namespace {

void check_tables_differ(Draft& draft) {
  std::map<uint16_t, const Placed<Vrf>*> seen;
  for (const auto& vrf : draft.vrfs) {
    const auto [at, is_new] = seen.try_emplace(vrf.value.table, &vrf);
    if (is_new || vrf.value.table == 0) continue;
    draft.complaints.say(
        place(*vrf.node, "table"),
        fmt::format("table {} is that of {} on line {}", vrf.value.table, quote(at->second->value.name),
                    draft.complaints.line_of(*at->second->node)),
        "a table of its own for each VRF");
  }
}

// The device of a VRF has its name.
void check_names_differ(Draft& draft) {
  for (const auto& vrf : draft.vrfs)
    for (const auto& interface : draft.interfaces)
      if (interface.value.name == vrf.value.name)
        draft.complaints.say_about_key(
            *vrf.node, fmt::format("{} is an interface of the document", quote(vrf.value.name)),
            "another name, because the VRF's device has it");
}

std::string called(const std::string& vrf) {
  return vrf.empty() ? "the main VRF" : fmt::format("VRF {}", quote(vrf));
}

// Policies and masquerades speak of zones: a zone in two VRFs would let one into the other unnoticed.
void check_zones_in_one(Draft& draft) {
  std::map<std::string_view, const Interface*> seen;
  for (const auto& [interface, node] : draft.interfaces) {
    const auto [at, is_new] = seen.try_emplace(interface.zone, &interface);
    if (is_new || at->second->vrf == interface.vrf) continue;
    draft.complaints.say(place(*node, "zone"),
                         fmt::format("zone {} lies in {} by {}, and in {} by {}", quote(interface.zone),
                                     called(at->second->vrf), quote(at->second->name), called(interface.vrf),
                                     quote(interface.name)),
                         "a zone for each VRF");
  }
}

// Where an interface's addresses are not the document's, only the machine can tell.
bool is_in_reach(const Draft& draft, const std::string& vrf, const IpAddress& neighbour) {
  bool known = true, reached = neighbour.is_link_local();
  for (const auto& [interface, node] : draft.interfaces) {
    if (interface.vrf != vrf) continue;
    known = known && !interface.addresses.empty();
    for (const InterfaceAddress& own : interface.addresses)
      reached = reached || Prefix::of(own).contains(neighbour);
  }
  return reached || !known;
}

void check_route(const Vrf& vrf, const VrfRoute& route, const Node& node, Draft& draft) {
  if (!route.via) {
    if (route.through == vrf.name)
      draft.complaints.say(place(node, "through"), "the VRF's own routes count anyway",
                           "\"main\" or another VRF");
    return;
  }
  const std::string text = route.via->to_string();
  if (route.via->family() != route.to.address.family())
    draft.complaints.say(place(node, "via"),
                         fmt::format("{} leads to no {} network", text, to_string(route.to.address.family())),
                         "a neighbour of the same family");
  else if (!is_in_reach(draft, vrf.name, *route.via))
    draft.complaints.say(place(node, "via"),
                         fmt::format("{} is in no network of VRF {}", text, quote(vrf.name)),
                         "a neighbour of one of its interfaces");
}

void check_routes(const Placed<Vrf>& vrf, Draft& draft) {
  const Node* list = vrf.node->member("routes");
  if (!list || !draft.complaints.empty()) return;   // a route that was not read has no place in the list
  std::set<Prefix> seen;
  auto route = vrf.value.routes.begin();
  for (const Node& node : list->children()) {
    check_route(vrf.value, *route, node, draft);
    if (!seen.insert(route->to).second)
      draft.complaints.say(place(node, "to"), fmt::format("a second route to {}", route->to.to_string()),
                           "one route for each network");
    ++route;
  }
}

// A host's block follows from its address alone, which another VRF may have as well.
void check_blocks_in_one(Draft& draft) {
  std::map<std::string_view, std::string_view> vrf_of;
  for (const auto& interface : draft.interfaces) vrf_of.emplace(interface.value.zone, interface.value.vrf);
  for (const auto& [masquerade, node] : draft.masquerades) {
    if (!masquerade.deterministic) continue;
    std::set<std::string_view> vrfs;
    for (const std::string& zone : masquerade.from) vrfs.insert(vrf_of[zone]);
    if (vrfs.size() > 1)
      draft.complaints.say(place(*node, "from"), "hosts of several VRFs would share a block of ports",
                           "one \"deterministic\" masquerade for each VRF");
  }
}

}   // namespace

void check_vrfs(Draft& draft) {
  check_tables_differ(draft);
  check_names_differ(draft);
  check_zones_in_one(draft);
  for (const auto& vrf : draft.vrfs) check_routes(vrf, draft);
  check_blocks_in_one(draft);
}

}   // namespace sluice::config
