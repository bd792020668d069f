// SPDX-License-Identifier: GPL-2.0-or-later
// What is counted, for Prometheus: the same figures that the lists tell (docs/metrics.md).
#include <fmt/format.h>

#include "maps/rules.h"
#include "show/metric_families.hpp"
#include "show/metric_text.hpp"
#include "show/show.hpp"
#include "show/sync_state.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using Type = MetricText::Type;

void tell_build(Gateway& gateway, MetricText& text) {
  text.begin("sluice_build_info", Type::kGauge, "Always 1: what runs here.");
  text.add({{"version", SLUICE_VERSION}, {"engine", std::string(gateway.engine().name())}}, uint64_t{1});
}

void tell_drops(const json& rows, MetricText& text) {
  const auto tell = [&](const char* name, const char* help, const char* key) {
    text.begin(name, Type::kCounter, help);
    for (const json& row : rows)
      text.add({{"reason", word_of(row["reason"])}, {"interface", word_of(row["interface"])}},
               row[key].get<uint64_t>());
  };
  tell("sluice_dropped_packets_total", "Packets that were dropped, by the reason and where they came in.",
       "packets");
  tell("sluice_dropped_bytes_total", "Bytes of packets that were dropped.", "bytes");
}

struct ObjectFamily {
  uint8_t kind;
  const char *label, *flows, *packets, *bytes;
  const char* help;   // of packets and bytes: whose they are
};

constexpr ObjectFamily kObjectFamilies[] = {
    {SL_OBJECT_POLICY, "policy", "sluice_policy_flows_total", "sluice_policy_packets_total",
     "sluice_policy_bytes_total", "of these flows, or that it dropped or rejected."},
    {SL_OBJECT_FORWARD, "forward", "sluice_forward_flows_total", "sluice_forward_packets_total",
     "sluice_forward_bytes_total", "of these flows."},
};

void tell_objects(const std::vector<ObjectCount>& objects, MetricText& text) {
  const auto tell = [&](const ObjectFamily& family, const char* name, const std::string& help,
                        uint64_t ObjectCount::*count) {
    text.begin(name, Type::kCounter, help);
    for (const ObjectCount& object : objects)
      if (object.kind == family.kind) text.add({{family.label, object.name}}, object.*count);
  };
  for (const ObjectFamily& family : kObjectFamilies) {
    tell(family, family.flows, "Flows that it let in.", &ObjectCount::flows);
    tell(family, family.packets, fmt::format("Packets {}", family.help), &ObjectCount::packets);
    tell(family, family.bytes, fmt::format("Bytes of packets {}", family.help), &ObjectCount::bytes);
  }
}

MetricText::Labels labels_of(const json& backend) {
  return {{"service", word_of(backend["service"])},
          {"backend", word_of(backend["backend"])},
          {"underlay", word_of(backend["underlay"])}};
}

bool takes_flows(const json& backend) { return backend["state"] == "up" || backend["state"] == "unknown"; }

void tell_backends(const json& rows, MetricText& text) {
  const auto tell = [&](const char* name, Type type, const char* help, const char* key) {
    text.begin(name, type, help);
    for (const json& row : rows) text.add(labels_of(row), row[key].get<uint64_t>());
  };
  text.begin("sluice_service_backend_up", Type::kGauge,
             "1 where its address takes new flows, as far as is known.");
  for (const json& row : rows) text.add(labels_of(row), uint64_t{takes_flows(row)});
  text.begin("sluice_service_backend_latency_seconds", Type::kGauge, "How long its answers take.");
  for (const json& row : rows)
    if (row["latency_ms"].is_number()) text.add(labels_of(row), row["latency_ms"].get<double>() / 1000);
  tell("sluice_service_backend_connections", Type::kGauge, "Flows that are there now.", "connections");
  tell("sluice_service_backend_flows_total", Type::kCounter, "Flows that were led to it.", "flows");
  tell("sluice_service_backend_packets_total", Type::kCounter, "Packets of these flows.", "packets");
  tell("sluice_service_backend_bytes_total", Type::kCounter, "Bytes of these packets.", "bytes");
}

void tell_resolver(const ResolverNews& news, MetricText& text) {
  const auto tell = [&](const char* name, const char* help, uint64_t DnsCounts::*count) {
    text.begin(name, Type::kCounter, help);
    for (const auto& [zone, counts] : news.zones) text.add({{"zone", zone}}, counts.*count);
  };
#define X(member, help) tell("sluice_dns_" #member "_total", help, &DnsCounts::member);
  SLUICE_DNS_COUNTERS(X)
#undef X
  text.begin("sluice_dns_cache_bytes", Type::kGauge, "Bytes of answers that the resolver keeps.");
  text.add({}, news.cache_bytes);
}

void tell_mapping_requests(const Gateway& gateway, MetricText& text) {
  const MappingNews& news = gateway.mapping_news();
  const auto tell = [&](const char* name, const char* help, uint64_t count) {
    text.begin(name, Type::kCounter, help);
    text.add({}, count);
  };
#define X(member, help) tell("sluice_mapping_requests_" #member "_total", help, news.member);
  SLUICE_MAPPING_COUNTERS(X)
#undef X
  text.begin("sluice_mapping_leases", Type::kGauge, "Ports that hosts have, because they asked.");
  text.add({}, uint64_t{gateway.mappings().leases().size()});
}

// Where the document has such.
void tell_collectors(const std::vector<CollectorNews>& collectors, MetricText& text) {
  const auto tell = [&](const char* name, const char* help, uint64_t CollectorNews::*count) {
    if (!collectors.empty()) text.begin(name, Type::kCounter, help);
    for (const CollectorNews& one : collectors) text.add({{"collector", one.name}}, one.*count);
  };
  tell("sluice_nat_log_sent_total", "Events of translation that were sent to the collector.",
       &CollectorNews::sent);
  tell("sluice_nat_log_lost_total", "Events of translation that are known not to have reached it.",
       &CollectorNews::lost);
}

void tell_reachability(Gateway& gateway, MetricText& text) {
  if (!gateway.current() || !gateway.current()->document.reachability) return;
  const ReachNews& news = gateway.reach().news();
#define X(member, help)                                                      \
  text.begin("sluice_reachability_" #member "_total", Type::kCounter, help); \
  text.add({}, news.member);
  SLUICE_REACH_COUNTERS(X)
#undef X
  const auto tell = [&](const char* name, const char* help, const auto& is_so) {
    text.begin(name, Type::kGauge, help);
    for (const Network& network : gateway.current()->document.networks)
      if (const PortNews* port = network.port ? gateway.reach().news_of(*network.port) : nullptr)
        text.add({{"network", network.name}}, uint64_t{is_so(*port)});
  };
  tell("sluice_reachability_mapped", "1 where the router leads a port to the network.",
       [](const PortNews& port) { return port.router.state == PortState::kMapped; });
  tell("sluice_reachability_direct", "1 where strangers were seen to get through to the network.",
       [](const PortNews& port) { return port.seen.open.has_value(); });
}

void tell_carriers(Gateway& gateway, MetricText& text) {
  text.begin("sluice_cluster_carriers", Type::kGauge,
             "Nodes that are a good way now, with this one; 0: this one does not carry.");
  text.add({}, gateway.cluster().carriers);
  const auto handed = gateway.engine().handed();
  if (!handed) return;
  text.begin("sluice_cluster_handed_packets_total", Type::kCounter,
             "Packets that went to the node that leads, or came from others.");
  text.add({{"way", "over"}}, handed->over);
  text.add({{"way", "taken"}}, handed->taken);
}

void tell_cluster(Gateway& gateway, MetricText& text) {
  if (!gateway.current() || !gateway.current()->document.cluster) return;
  const ClusterFacts& facts = gateway.cluster();
  const auto tell = [&](const char* name, Type type, const char* help, uint64_t value) {
    text.begin(name, type, help);
    text.add({}, value);
  };
  tell("sluice_cluster_store_up", Type::kGauge, "1 where etcd can be asked.", facts.is_store_there);
  tell("sluice_cluster_in_step", Type::kGauge, "1 where the cluster's document is in force here.",
       facts.is_in_step);
  tell("sluice_cluster_nodes", Type::kGauge, "Nodes that are there, with this one.", facts.nodes);
  if (!gateway.current()->document.cluster->addresses) return;
  tell("sluice_cluster_active", Type::kGauge, "1 where the cluster's addresses are here.", !facts.is_standby);
  tell("sluice_cluster_turns_total", Type::kCounter, "Times that they came or went.", facts.turns);
  if (gateway.current()->document.cluster->all_carry) tell_carriers(gateway, text);
  if (!facts.sessions.empty()) {
    tell("sluice_cluster_metric", Type::kGauge, "What routers are told of this node: the least is the way.",
         facts.metric);
    text.begin("sluice_cluster_session_up", Type::kGauge, "1 where the router is spoken with.");
    for (const RouterSession& session : facts.sessions)
      text.add({{"address", session.neighbour.to_string()}}, uint64_t{session.state == "established"});
  }
  if (!facts.sync.is_on) return;
  tell("sluice_cluster_sync_flows", Type::kGauge, "Flows that other nodes are told of.", facts.sync.flows);
  tell("sluice_cluster_sync_left", Type::kGauge, "Flows of the active node that cannot be kept here.",
       facts.sync.left);
  text.begin("sluice_cluster_sync_in_step", Type::kGauge,
             "1 where the node has the flows of the active one.");
  for (const SyncFacts::Peer& peer : facts.sync.peers)
    if (facts.sync.sends)
      text.add({{"address", peer.address.to_string()}}, uint64_t{sync_state(facts.sync, peer) == "in-step"});
}

// Of clients that have a quota.
void tell_relay_clients(const json& rows, MetricText& text) {
  const auto tell = [&](const char* name, const char* help, const auto& value_of) {
    text.begin(name, Type::kGauge, help);
    for (const json& row : rows)
      if (row["quota_bytes"].is_number()) text.add({{"client", word_of(row["name"])}}, value_of(row));
  };
  tell("sluice_relay_client_month_bytes", "Bytes that passed its tunnel in this month, in both directions.",
       [](const json& row) { return row["month_bytes"].get<uint64_t>(); });
  tell("sluice_relay_client_quota_bytes", "Bytes that may pass its tunnel in a month.",
       [](const json& row) { return row["quota_bytes"].get<uint64_t>(); });
  tell("sluice_relay_client_over_quota", "1 where its port leads nowhere until the next month.",
       [](const json& row) { return uint64_t{row["state"] == "over quota"}; });
}

}   // namespace

Result<std::string> show_metrics(Gateway& gateway, const FlowTally& tally) {
  MetricText text;
  tell_build(gateway, text);
  const auto& [objects, flows] = tally.counts;
  tell_flows(tally, text);
  tell_shortages(gateway.shortages(), text);
  TRY(tell_interfaces(gateway, text));
  tell_drops(TRY(show_drops(gateway))["drops"], text);
  TRY(tell_tenants(gateway, text));
  TRY(tell_times(gateway, text));
  tell_backends(TRY(rows_of_services(gateway, objects)), text);
  tell_limits(objects, text);
  tell_resolver(gateway.resolver_news(), text);
  tell_mapping_requests(gateway, text);
  tell_collectors(gateway.collectors(), text);
  tell_cluster(gateway, text);
  tell_reachability(gateway, text);
  if (gateway.current() && gateway.current()->document.relay)
    tell_relay_clients(TRY(show_relay(gateway))["relay"], text);
  TRY(tell_pods(gateway, text));
  TRY(tell_networks(gateway, text));
  tell_objects(objects, text);
  TRY(tell_times_of_each(gateway, text));
  return text.take();
}

}   // namespace sluice
