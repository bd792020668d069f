// SPDX-License-Identifier: GPL-2.0-or-later
// Names of pods are those of zones, so they are nobody else's; and what rules may say of pods.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/pod_zones.hpp"
#include "config/values.hpp"
#include "model/queues.hpp"

namespace sluice::config {
namespace {

using Taken = std::map<std::string, std::string, std::less<>>;   // name -> by whom

Taken taken_names(const Draft& draft) {
  Taken taken{{std::string(kHostZone), "the gateway itself is called so"},
              {std::string(kMainVrf), "the VRF of everything that names none is called so"},
              {std::string(kPodZone), "the zone of all pods is called so"},
              {std::string(kFrontZone), "the gateway's front end is called so"}};
  const auto take = [&](const std::string& name, std::string_view kind, const Node& node) {
    taken.try_emplace(name, fmt::format("{} on line {} is called so", kind, draft.complaints.line_of(node)));
  };
  for (const auto& [zone, node] : draft.zones) take(zone.name, "a zone", *node);
  for (const auto& [interface, node] : draft.interfaces) {
    take(interface.zone, "the zone of an interface", *node);
    take(interface.name, "an interface", *node);
  }
  for (const auto& [vrf, node] : draft.vrfs) take(vrf.name, "a VRF", *node);
  for (const auto& [network, node] : draft.networks)
    for (const std::string& name : {network.name, network.zone, network.vrf}) take(name, "a network", *node);
  return taken;
}

void check_pod_names(Draft& draft) {
  const Taken taken = taken_names(draft);
  for (const auto& [pod, node] : draft.pods)
    if (const auto at = taken.find(pod.name); at != taken.end())
      draft.complaints.say_about_key(*node, fmt::format("{} is taken: {}", quote(pod.name), at->second),
                                     "a name that nothing else has: rules name it as they name zones");
}

// Nothing but pods is in their zone: whoever is there is told from others by a pod's address.
void check_pod_zone(Draft& draft) {
  for (const auto& [interface, node] : draft.interfaces)
    if (interface.zone == kPodZone)
      draft.complaints.say(place(*node, "zone"), "\"pods\" is the zone of pods, and of nothing else",
                           "another zone");
  for (const auto& [interface, node] : draft.interfaces)
    if (interface.name == kPodVrf)
      draft.complaints.say_about_key(*node, "\"pods\" is the VRF of pods, whose device has that name",
                                     "another name");
  for (const auto& [vrf, node] : draft.vrfs)
    if (vrf.name == kPodVrf)
      draft.complaints.say_about_key(*node, "\"pods\" is the VRF of pods, and of nothing else",
                                     "another name");
  for (const auto& [network, node] : draft.networks)
    if (network.zone == kPodZone || network.vrf == kPodVrf)
      draft.complaints.say(place(*node, "zone"), "\"pods\" is the zone of pods, and of nothing else",
                           "another zone");
  for (const auto& [zone, node] : draft.zones)
    if (zone.name == kPodZone)
      draft.complaints.say_about_key(*node, "the zone of pods is as it is", "no such zone");
}

void check_ingress(const Placed<Pod>& pod, const std::vector<std::string>& names, Draft& draft) {
  const Node* list = pod.node->member("ingress");
  if (!list || list->kind != Kind::kList) return;
  for (const Node& item : list->children()) {
    if (item.kind == Kind::kString && item.text.starts_with("zone:") &&
        std::ranges::find(names, item.text.substr(5)) != names.end())
      draft.complaints.say(item, fmt::format("{} is a pod", quote(item.text.substr(5))),
                           fmt::format("\"pod:{}\"", printable(item.text.substr(5))));
    if (item.kind != Kind::kString || !item.text.starts_with("pod:")) continue;
    const std::string_view other = item.text.substr(4);
    if (other == pod.value.name)
      draft.complaints.say(item, "a pod reaches itself anyway", "other pods");
    else if (std::ranges::find(names, other) == names.end())
      draft.complaints.say(item, fmt::format("unknown pod {}", quote(other)),
                           suggest(other, names, "known pods"));
  }
}

void check_pod_subnets(Draft& draft) {
  const Prefix& subnets = draft.pod_settings.subnets;
  const Node* pods = draft.pods.front().node->parent;
  const auto check = [&](const Prefix& other, const std::string& owner) {
    if (other.overlaps(subnets))
      draft.complaints.say(place(*pods, "subnets"),
                           fmt::format("{} overlaps {} of {}", subnets.to_string(), other.to_string(), owner),
                           "networks lie apart, so that each address has one owner");
  };
  for (const auto& [interface, node] : draft.interfaces)
    for (const InterfaceAddress& own : interface.addresses)
      check(Prefix::of(own), fmt::format("interface {}", quote(interface.name)));
  for (const auto& [network, node] : draft.networks)
    if (network.subnet) check(*network.subnet, fmt::format("network {}", quote(network.name)));
  if (!draft.networks.empty()) check(draft.wireguard.subnets, "\"wireguard\"");
}

// What VRFs are guaranteed as well.
void check_pod_shares(Draft& draft) {
  uint64_t sum = 0;
  for (const auto& vrf : draft.vrfs)
    if (vrf.value.bandwidth) sum += vrf.value.bandwidth->guaranteed;
  for (const auto& pod : draft.pods)
    if (pod.value.bandwidth) sum += pod.value.bandwidth->guaranteed;
  for (const auto& [interface, node] : draft.interfaces) {
    if (!interface.rate || !interface.vrf.empty()) continue;
    const uint64_t most = *interface.rate - *interface.rate / kShareOfOthers;
    if (sum > most)
      draft.complaints.say(
          place(*node, "rate"),
          fmt::format("pods and VRFs are guaranteed {} of it, which leaves too little to everybody else",
                      bits_to_string(sum)),
          fmt::format("guarantees of at most {} together", bits_to_string(most)));
  }
}

// A guarantee of a line whose rate nobody knows is none.
void check_pod_guarantees(Draft& draft) {
  const auto is_rated = [](const Placed<Interface>& interface) { return interface.value.rate.has_value(); };
  if (std::ranges::any_of(draft.interfaces, is_rated)) return check_pod_shares(draft);
  for (const auto& [pod, node] : draft.pods)
    if (pod.bandwidth && pod.bandwidth->guaranteed)
      draft.complaints.warn(place(*node->member("bandwidth"), "guaranteed"),
                            "a share of nothing: no interface has a rate, so only the maximum is kept",
                            R"("rate": "1gbit" on the interface that the pods' traffic leaves by)");
}

void check_pod_addresses(Draft& draft) {
  const Prefix& subnets = draft.pod_settings.subnets;
  std::map<IpAddress, const Placed<Pod>*> owners;
  for (const auto& placed : draft.pods) {
    const Pod& pod = placed.value;
    if (!pod.address) continue;
    const Node& node = *placed.node->member("address");
    const uint32_t number = pod.address->ipv4() - subnets.address.ipv4();
    if (!subnets.contains(*pod.address) || number < 3 || number % 2 == 0)
      draft.complaints.say(
          node,
          fmt::format("{} is no pod's: each has the upper address of a /31 of {}, but for the first one",
                      pod.address->to_string(), subnets.to_string()),
          fmt::format("an odd one from {} on", subnets.address.plus(3).to_string()));
    else if (const auto [at, is_new] = owners.emplace(*pod.address, &placed); !is_new)
      draft.complaints.say(node,
                           fmt::format("{} is that of pod {} on line {}", pod.address->to_string(),
                                       quote(at->second->value.name), at->second->value.line),
                           "an address that no other pod has");
  }
}

void check_outside_ports(Draft& draft) {
  const PortRange& all = draft.pod_settings.ports;
  std::map<uint16_t, int> lines;
  for (const auto& [pod, node] : draft.pods)
    for (const PodService& service : pod.services) {
      if (!service.outside_port || !service.publish) continue;
      const uint16_t port = *service.outside_port;
      const Node& services = *node->member("services");
      const auto complain = [&](const std::string& what, const std::string& remedy) {
        draft.complaints.say(
            services, fmt::format("port {} of service {} {}", port, quote(service.name), what), remedy);
      };
      if (port < all.first || port > all.last)
        complain("is not one of \"ports\"", fmt::format("one of {}", all.to_string()));
      else if (const auto [at, is_new] = lines.emplace(port, service.line); !is_new)
        complain(fmt::format("is that of the service on line {}", at->second),
                 "a port that no other service has");
    }
}

template <class Rules>
void check_pod_sides(const Rules& rules, const PodNames& pods, Draft& draft) {
  for (const auto& [rule, node] : rules) {
    if (names_pods(rule.from, pods) && !rule.source.any())
      draft.complaints.say(*node->member("source"), "a pod is one address already",
                           "no such key beside a pod");
    if (names_pods(rule.to, pods) && !rule.destination.any())
      draft.complaints.say(*node->member("destination"), "a pod is one address already",
                           "no such key beside a pod");
  }
}

// Whatever exceeds one of two limits would be lost, and both together are not what it says.
void check_pod_limits(const PodNames& pods, Draft& draft) {
  for (const auto& [limit, node] : draft.limits)
    for (const auto& [side, key] : {std::pair(&limit.from, "from"), std::pair(&limit.to, "to")})
      if (names_pods(*side, pods) && !names_only_pods(*side, pods))
        draft.complaints.say(*node->member(key), "pods and other zones in one limit",
                             "a limit of its own for the pods");
}

}   // namespace

void check_pods(Draft& draft) {
  if (draft.pods.empty()) return;
  check_pod_names(draft);
  check_pod_zone(draft);
  std::vector<std::string> names;
  for (const auto& pod : draft.pods) names.push_back(pod.value.name);
  for (const auto& pod : draft.pods) check_ingress(pod, names, draft);
  check_pod_subnets(draft);
  check_pod_addresses(draft);
  check_outside_ports(draft);
  check_pod_guarantees(draft);
  const PodNames pods(names.begin(), names.end());
  check_pod_sides(draft.policies, pods, draft);
  check_pod_sides(draft.limits, pods, draft);
  check_pod_limits(pods, draft);
}

}   // namespace sluice::config
