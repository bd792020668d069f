// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

using Known = std::set<std::string, std::less<>>;

void complain_about_unknown(std::string_view kind, std::string_view name, const Node& node,
                            const Known& known, Complaints& complaints) {
  const std::vector<std::string> all(known.begin(), known.end());
  auto remedy = complaints.full() ? std::string() : suggest(name, all, fmt::format("known {}s", kind));
  complaints.say(node, fmt::format("unknown {} {}", kind, quote(name)), std::move(remedy));
}

Known known_zones(const Draft& draft) {
  Known zones;
  for (const auto& interface : draft.interfaces)
    if (!interface.value.zone.empty()) zones.insert(interface.value.zone);
  for (const auto& network : draft.networks)
    if (!network.value.zone.empty()) zones.insert(network.value.zone);
  for (const auto& zone : draft.zones) zones.insert(zone.value.name);
  if (!draft.pods.empty()) zones.insert(std::string(kPodZone));
  return zones;
}

Known known_pods(const Draft& draft) {
  Known names;
  for (const auto& pod : draft.pods) {
    names.insert(pod.value.name);
    names.insert(pod_set(pod.value.name));
  }
  return names;
}

Known known_interfaces(const Draft& draft) {
  Known names;
  for (const auto& interface : draft.interfaces) names.insert(interface.value.name);
  return names;
}

Known known_forwards(const Draft& draft) {
  Known names;
  for (const auto& forward : draft.forwards) names.insert(forward.value.name);
  return names;
}

Known known_sets(const Draft& draft) {
  Known sets;
  for (const auto& set : draft.sets) sets.insert(set.value.first);
  return sets;
}

// A pod may stand where policies and limits have zones: where the gateway itself may.
void check_zone(const ZoneName& zone, const Known& known, const Known& pods, Complaints& complaints) {
  if (pods.contains(zone.name) && !zone.may_be_host)
    complaints.say(*zone.node, "a pod goes where all pods go", "\"pods\", which stands for all of them");
  else if (pods.contains(zone.name))
    return;
  else if (zone.name == kHostZone && !zone.may_be_host)
    complaints.say(*zone.node, "\"host\" is the gateway itself, which needs no masquerade",
                   "a zone of interfaces");
  else if (zone.name != kHostZone && !known.contains(zone.name))
    complain_about_unknown("zone", zone.name, *zone.node, known, complaints);
}

Known known_vrfs(const Draft& draft) {
  Known vrfs;
  for (const auto& vrf : draft.vrfs) vrfs.insert(vrf.value.name);
  return vrfs;
}

void check_names(std::string_view kind, const std::vector<UsedName>& used, const Known& known,
                 Complaints& complaints) {
  for (const auto& [name, node] : used)
    if (!known.contains(name)) complain_about_unknown(kind, name, *node, known, complaints);
}

}   // namespace

void check_references(Draft& draft) {
  const Known zones = known_zones(draft);
  const Known pods = known_pods(draft);
  for (const auto& zone : draft.zone_names) check_zone(zone, zones, pods, draft.complaints);
  check_names("VRF", draft.vrf_names, known_vrfs(draft), draft.complaints);
  check_names("set", draft.set_names, known_sets(draft), draft.complaints);
  check_names("interface", draft.interface_names, known_interfaces(draft), draft.complaints);
  check_names("forward", draft.forward_names, known_forwards(draft), draft.complaints);
}

}   // namespace sluice::config
