// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "model/limit.hpp"
#include "model/queues.hpp"

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
  for (const auto& network : draft.networks) vrf_of.emplace(network.value.zone, network.value.vrf);
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

namespace {

const Node& bandwidth_of(const Placed<Vrf>& vrf) { return place(*vrf.node, "bandwidth"); }

void check_bandwidth(const Placed<Vrf>& vrf, Draft& draft) {
  const Bandwidth& bandwidth = *vrf.value.bandwidth;
  if (bandwidth.maximum && *bandwidth.maximum < bandwidth.guaranteed)
    draft.complaints.say(
        place(bandwidth_of(vrf), "maximum"),
        fmt::format("less than the {} that are guaranteed", bits_to_string(bandwidth.guaranteed)),
        "at least as much");
  if (vrf.value.table >= kOtherQueue)
    draft.complaints.say(place(*vrf.node, "table"),
                         fmt::format("a VRF with a bandwidth cannot have table {}", vrf.value.table),
                         fmt::format("at most {}", kOtherQueue - 1));
}

// What VRFs are guaranteed of this interface's rate; that of one of theirs is its own.
void check_shares(const Placed<Interface>& interface, Draft& draft) {
  uint64_t sum = 0;
  for (const auto& vrf : draft.vrfs) {
    if (!vrf.value.bandwidth) continue;
    if (vrf.value.name == interface.value.vrf) return;
    sum += vrf.value.bandwidth->guaranteed;
  }
  const uint64_t most = *interface.value.rate - *interface.value.rate / kShareOfOthers;
  if (sum > most)
    draft.complaints.say(
        place(*interface.node, "rate"),
        fmt::format("VRFs are guaranteed {} of it, which leaves too little to everybody else and the gateway",
                    bits_to_string(sum)),
        fmt::format("guarantees of at most {} together", bits_to_string(most)));
}

}   // namespace

// Guarantees that can be kept: of an interface's rate, with something left for the gateway itself.
void check_bandwidths(Draft& draft) {
  const auto is_rated = [](const Placed<Interface>& interface) { return interface.value.rate.has_value(); };
  const bool rated = std::ranges::any_of(draft.interfaces, is_rated);
  for (const auto& vrf : draft.vrfs) {
    if (!vrf.value.bandwidth) continue;
    check_bandwidth(vrf, draft);
    if (!rated)
      draft.complaints.say(bandwidth_of(vrf), "a share of nothing: no interface has a rate",
                           R"("rate": "1gbit" on the interface that the VRF's traffic leaves by)");
  }
  if (!draft.complaints.empty()) return;   // a share that was not read counts nothing
  for (const auto& interface : draft.interfaces)
    if (interface.value.rate) check_shares(interface, draft);
}

}   // namespace sluice::config
