// SPDX-License-Identifier: GPL-2.0-or-later
// The zone of an isolated bridge has no way out and none in: whatever says otherwise contradicts it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"

namespace sluice::config {
namespace {

using ZoneNames = std::set<std::string>;

ZoneNames closed_zones(const Draft& draft) {
  ZoneNames zones;
  for (const auto& [interface, node] : draft.interfaces)
    if (is_isolated_bridge(interface)) zones.insert(interface.zone);
  return zones;
}

void check_company(const Draft& draft, const ZoneNames& closed) {
  for (const auto& [interface, node] : draft.interfaces)
    if (closed.contains(interface.zone) && !is_isolated_bridge(interface))
      draft.complaints.say(
          place(*node, "zone"),
          fmt::format("zone {} has an isolated bridge, and this interface is none", quote(interface.zone)),
          "another zone, or \"isolated\": true on a bridge here too");
}

// A zone of one side that is closed to a zone of the other side; empty: none.
std::string closed_between(const std::vector<std::string>& from, const std::vector<std::string>& to,
                           const ZoneNames& closed) {
  for (const std::string& one : from)
    for (const std::string& other : to) {
      if (one == other || one == kHostZone || other == kHostZone) continue;
      if (closed.contains(one)) return one;
      if (closed.contains(other)) return other;
    }
  return "";
}

void complain_about_closed(const Node& node, const std::string& zone, Complaints& complaints) {
  complaints.say(
      node, fmt::format("nothing passes between zone {} and others: its bridge is isolated", quote(zone)),
      "take \"isolated\" from the bridge, or the zone from the rule");
}

// The closed zone that an interface of this name is in; empty: none.
std::string zone_of_interface(const std::string& name, const Draft& draft) {
  for (const auto& [interface, node] : draft.interfaces)
    if (interface.name == name && is_isolated_bridge(interface)) return interface.zone;
  return "";
}

// The closed zone that has this address; empty: none.
std::string zone_behind(const IpAddress& address, const Draft& draft) {
  for (const auto& [interface, node] : draft.interfaces)
    for (const InterfaceAddress& own : interface.addresses)
      if (is_isolated_bridge(interface) && Prefix::of(own).contains(address)) return interface.zone;
  return "";
}

void check_forward(const Placed<Forward>& forward, const Draft& draft) {
  const auto* listen = std::get_if<IpAddress>(&forward.value.listen);
  const auto outside = listen ? zone_behind(*listen, draft)
                              : zone_of_interface(std::get<std::string>(forward.value.listen), draft);
  for (const ForwardTarget& target : targets_of(forward.value))
    if (const auto inside = zone_behind(target.to, draft); inside != outside)
      return complain_about_closed(place(*forward.node, forward.value.service ? "backends" : "to"),
                                   inside + outside, draft.complaints);
}

void check_mapping(const Placed<StaticMapping>& mapping, const Draft& draft) {
  const auto zone = zone_behind(mapping.value.inside.address, draft);
  if (!zone.empty()) complain_about_closed(place(*mapping.node, "inside"), zone, draft.complaints);
}

}   // namespace

void check_closed_zones(Draft& draft) {
  const ZoneNames closed = closed_zones(draft);
  if (closed.empty()) return;
  check_company(draft, closed);
  for (const auto& [policy, node] : draft.policies)
    if (const auto zone = closed_between(policy.from, policy.to, closed);
        !zone.empty() && policy.action == Action::kAccept)
      complain_about_closed(*node, zone, draft.complaints);
  for (const auto& [masquerade, node] : draft.masquerades)
    if (const auto zone = closed_between(masquerade.from, masquerade.to, closed); !zone.empty())
      complain_about_closed(*node, zone, draft.complaints);
  for (const auto& [nat64, node] : draft.nat64)
    if (const auto zone = closed_between(nat64.source.from, nat64.source.to, closed); !zone.empty())
      complain_about_closed(*node, zone, draft.complaints);
  for (const auto& forward : draft.forwards) check_forward(forward, draft);
  for (const auto& mapping : draft.static_mappings) check_mapping(mapping, draft);
}

}   // namespace sluice::config
