// SPDX-License-Identifier: GPL-2.0-or-later
// What is counted, for Prometheus: the same figures that the lists tell (docs/metrics.md).
#include "maps/rules.h"
#include "show/metric_text.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using Type = MetricText::Type;

void tell_build(Gateway& gateway, MetricText& text) {
  text.begin("sluice_build_info", Type::kGauge, "Always 1: what runs here.");
  text.add({{"version", SLUICE_VERSION}, {"engine", std::string(gateway.engine().name())}}, uint64_t{1});
}

// Null is a packet that came in by no device of the document.
std::string word_of(const json& value) { return value.is_string() ? value.get<std::string>() : ""; }

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
};

constexpr ObjectFamily kObjectFamilies[] = {
    {SL_OBJECT_POLICY, "policy", "sluice_policy_flows_total", "sluice_policy_packets_total",
     "sluice_policy_bytes_total"},
    {SL_OBJECT_FORWARD, "forward", "sluice_forward_flows_total", "sluice_forward_packets_total",
     "sluice_forward_bytes_total"},
};

void tell_objects(const std::vector<ObjectCount>& objects, MetricText& text) {
  const auto tell = [&](const ObjectFamily& family, const char* name, const char* help,
                        uint64_t ObjectCount::*count) {
    text.begin(name, Type::kCounter, help);
    for (const ObjectCount& object : objects)
      if (object.kind == family.kind) text.add({{family.label, object.name}}, object.*count);
  };
  for (const ObjectFamily& family : kObjectFamilies) {
    tell(family, family.flows, "Flows that it let in.", &ObjectCount::flows);
    tell(family, family.packets, "Packets of these flows.", &ObjectCount::packets);
    tell(family, family.bytes, "Bytes of these packets.", &ObjectCount::bytes);
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

void tell_pods(const json& rows, MetricText& text) {
  const auto tell = [&](const char* name, const char* help, const char* key) {
    text.begin(name, Type::kCounter, help);
    for (const json& row : rows) text.add({{"pod", word_of(row["name"])}}, row[key].get<uint64_t>());
  };
  tell("sluice_pod_receive_bytes_total", "Bytes of frames that the pod received.", "rx_bytes");
  tell("sluice_pod_transmit_bytes_total", "Bytes of frames that the pod sent.", "tx_bytes");
  tell("sluice_pod_dropped_packets_total", "Packets of the pod that were dropped.", "drops");
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

}   // namespace

Result<std::string> show_metrics(Gateway& gateway) {
  MetricText text;
  tell_build(gateway, text);
  tell_drops(TRY(show_drops(gateway))["drops"], text);
  const auto objects = TRY(gateway.engine().objects());
  tell_backends(TRY(rows_of_services(gateway, objects)), text);
  tell_objects(objects, text);
  if (gateway.current() && !gateway.current()->document.pods.empty())
    tell_pods(TRY(show_pods(gateway))["pods"], text);
  tell_resolver(gateway.resolver_news(), text);
  return text.take();
}

}   // namespace sluice
