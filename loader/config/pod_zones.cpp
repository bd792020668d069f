// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/pod_zones.hpp"

#include <algorithm>

namespace sluice::config {
namespace {

constexpr std::string_view kPodPrefix = "pod:";

// One side of a rule: the zones that it names, or the pods among them as a set of addresses.
struct Side {
  std::vector<std::string> zones;
  AddressMatch match;
};

std::vector<Side> split_side(const std::vector<std::string>& zones, const AddressMatch& match,
                             const PodNames& pods) {
  Side others{{}, match}, named{{std::string(kPodZone)}, {}};
  for (const std::string& zone : zones) {
    const std::string_view pod = pod_called(zone, pods);
    if (pod.empty())
      others.zones.push_back(zone);
    else
      named.match.sets.push_back(pod_set(pod));
  }
  std::vector<Side> sides;
  if (!others.zones.empty() || named.match.any()) sides.push_back(std::move(others));
  if (!named.match.any()) sides.push_back(std::move(named));
  return sides;
}

template <class Rule>
std::vector<Rule> split_rule(const Rule& rule, const PodNames& pods) {
  std::vector<Rule> rules;
  for (const Side& from : split_side(rule.from, rule.source, pods))
    for (const Side& to : split_side(rule.to, rule.destination, pods)) {
      Rule& part = rules.emplace_back(rule);
      part.from = from.zones;
      part.source = from.match;
      part.to = to.zones;
      part.destination = to.match;
    }
  return rules;
}

template <class Rule>
void split_rules(std::vector<Rule>& rules, const PodNames& pods) {
  std::vector<Rule> all;
  all.reserve(rules.size());
  for (const Rule& rule : rules) std::ranges::move(split_rule(rule, pods), std::back_inserter(all));
  rules = std::move(all);
}

}   // namespace

std::string_view pod_called(std::string_view zone, const PodNames& pods) {
  if (zone.starts_with(kPodPrefix)) zone.remove_prefix(kPodPrefix.size());
  const auto at = pods.find(zone);
  return at == pods.end() ? std::string_view() : std::string_view(*at);
}

bool names_pods(const std::vector<std::string>& zones, const PodNames& pods) {
  return std::ranges::any_of(zones, [&](const std::string& zone) { return !pod_called(zone, pods).empty(); });
}

bool names_only_pods(const std::vector<std::string>& zones, const PodNames& pods) {
  return std::ranges::all_of(zones, [&](const std::string& zone) { return !pod_called(zone, pods).empty(); });
}

void resolve_pod_zones(Document& document) {
  if (document.pods.empty()) return;
  PodNames pods;
  for (const Pod& pod : document.pods) {
    pods.insert(pod.name);
    document.sets.try_emplace(pod_set(pod.name));
  }
  document.zones.push_back({.name = std::string(kPodZone),
                            .isolated = true,
                            .uplink = false,
                            .hosts_may_talk = false,
                            .dns = true,
                            .names = {}});
  split_rules(document.policies, pods);
  split_rules(document.limits, pods);
}

}   // namespace sluice::config
