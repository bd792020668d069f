// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <set>

#include "config/check.hpp"
#include "config/config.hpp"
#include "config/parse.hpp"
#include "config/pod_zones.hpp"
#include "config/read.hpp"
#include "model/domains.hpp"
#include "model/implied_policies.hpp"

namespace sluice {
namespace config {
namespace {

void check_meaning(Draft& draft) {
  check_references(draft);
  check_interfaces(draft);
  check_vrfs(draft);
  check_bandwidths(draft);
  check_made_interfaces(draft);
  check_closed_zones(draft);
  check_policies(draft);
  check_masquerades(draft);
  check_nat64(draft);
  check_mappings(draft);
  check_static_mappings(draft);
  check_forwards(draft);
  check_networks(draft);
  check_network_subnets(draft);
  check_network_endpoints(draft);
  check_network_sites(draft);
  check_network_frames(draft);
  check_pods(draft);
  check_front(draft);
  check_resolver(draft);
  check_mapping_requests(draft);
  check_metrics(draft);
  check_web(draft);
  check_reachability(draft);
  check_relay(draft);
  check_ssh(draft);
  check_cluster_names(draft);
  check_cluster(draft);
  check_carriers(draft);
}

template <class T>
std::vector<T> take_values(std::vector<Placed<T>>& placed) {
  std::vector<T> values;
  values.reserve(placed.size());
  for (auto& one : placed) values.push_back(std::move(one.value));
  return values;
}

// Zones appear where they are mentioned first: under an interface, a network or under "zones".
std::vector<Zone> take_zones(Draft& draft) {
  std::vector<Placed<Zone>> mentioned = draft.zones;
  for (const auto& [interface, node] : draft.interfaces)
    mentioned.push_back({{.name = interface.zone, .closed = is_isolated_bridge(interface)}, node});
  for (const auto& [network, node] : draft.networks) mentioned.push_back({{.name = network.zone}, node});
  std::stable_sort(mentioned.begin(), mentioned.end(),
                   [](auto& a, auto& b) { return a.node->begin < b.node->begin; });
  std::vector<Zone> zones;
  std::map<std::string, size_t> index;
  for (const auto& [zone, node] : mentioned) {
    const auto [at, inserted] = index.try_emplace(zone.name, zones.size());
    if (inserted) zones.push_back(zone);
    Zone& known = zones[at->second];
    known.isolated |= zone.isolated;
    if (zone.uplink) known.uplink = zone.uplink;
    if (zone.hosts_may_talk) known.hosts_may_talk = zone.hosts_may_talk;
    known.closed |= zone.closed;
    known.dns |= zone.dns;
    known.names.insert(zone.names.begin(), zone.names.end());
  }
  return zones;
}

Document take_document(Draft& draft) {
  Document document;
  document.engine = draft.engine;
  document.timeouts = draft.timeouts;
  document.tables = draft.tables;
  document.zones = take_zones(draft);
  document.interfaces = take_values(draft.interfaces);
  document.bridged = take_values(draft.bridged);
  document.vrfs = take_values(draft.vrfs);
  for (auto& set : draft.sets) document.sets.insert(std::move(set.value));
  document.underlays = take_values(draft.underlays);
  document.services = take_values(draft.services);
  if (draft.front) document.front = std::move(draft.front->value);
  document.sites = take_values(draft.sites);
  for (const auto& [policy, node] : draft.policies)
    if (!policy.domains.empty()) document.sets[set_of_domains(policy.name)];   // nothing is open yet
  if (draft.mapping_requests) document.mapping_requests = std::move(draft.mapping_requests->value);
  if (draft.relay) document.relay = std::move(draft.relay->value);
  if (draft.ssh) document.ssh = std::move(draft.ssh->value);
  if (draft.metrics) document.metrics = std::move(draft.metrics->value);
  if (draft.web) document.web = std::move(draft.web->value);
  document.nat_log = std::move(draft.nat_log);
  if (draft.cluster) document.cluster = std::move(draft.cluster->value);
  if (draft.reachability) document.reachability = std::move(draft.reachability->value);
  document.policies = implied_policies(document);
  document.policies.reserve(document.policies.size() + draft.policies.size());
  for (auto& policy : draft.policies) document.policies.push_back(std::move(policy.value));
  document.masquerades = take_values(draft.masquerades);
  document.nat64 = take_values(draft.nat64);
  document.static_mappings = take_values(draft.static_mappings);
  document.forwards = take_values(draft.forwards);
  document.limits = take_values(draft.limits);
  document.wireguard = draft.wireguard;
  document.networks = take_values(draft.networks);
  document.pod_settings = draft.pod_settings;
  document.pods = take_values(draft.pods);
  resolve_pod_zones(document);
  document.resolver = draft.resolver;
  document.names = std::move(draft.names);
  return document;
}

std::set<EngineKind> engines_asked(const Document& document, std::optional<EngineKind> engine) {
  std::set<EngineKind> asked;
  if (engine) asked.insert(*engine);
  if (document.engine == EngineChoice::kEbpf) asked.insert(EngineKind::kEbpf);
  if (document.engine == EngineChoice::kNftables) asked.insert(EngineKind::kNftables);
  return asked;
}

CheckResult check(std::string_view text, std::string_view file_name, std::optional<EngineKind> engine,
                  const NamedTexts& files) {
  Complaints complaints(text, file_name);
  const auto tree = parse_tree(text, complaints);
  if (!tree) return std::unexpected(complaints.errors());
  Draft draft(complaints, files);
  read_document(tree->root(), draft);
  check_meaning(draft);
  if (!complaints.empty()) return std::unexpected(complaints.errors());
  Document document = take_document(draft);
  check_limits(document, tree->root(), complaints);
  for (const EngineKind asked : engines_asked(document, engine))
    check_engine(document, asked, tree->root(), complaints);
  if (!complaints.empty()) return std::unexpected(complaints.errors());
  return Checked{std::move(document), complaints.warnings()};
}

}   // namespace
}   // namespace config

CheckResult check_document(std::string_view text, std::string_view file_name,
                           std::optional<EngineKind> engine, const NamedTexts& files) {
  return config::check(text, file_name, engine, files);
}

}   // namespace sluice
