// SPDX-License-Identifier: GPL-2.0-or-later
// What was carried: by interfaces, tenants, networks with their endpoints, and pods; flows and limits.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/timestamp.hpp"
#include "maps/rules.h"
#include "show/device_counts.hpp"
#include "show/event_text.hpp"
#include "show/metric_families.hpp"
#include "show/names.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using Labels = MetricText::Labels;
constexpr auto kCounter = MetricText::Type::kCounter;
constexpr auto kGauge = MetricText::Type::kGauge;

constexpr MetricColumn kInterfaceColumns[] = {
    {"sluice_interface_up", "up", kGauge, "1 where the device is there, up and has a carrier."},
    {"sluice_interface_receive_packets_total", "rx_packets", kCounter, "Packets that came in by it."},
    {"sluice_interface_receive_bytes_total", "rx_bytes", kCounter, "Bytes of these packets."},
    {"sluice_interface_transmit_packets_total", "tx_packets", kCounter, "Packets that its device sent."},
    {"sluice_interface_transmit_bytes_total", "tx_bytes", kCounter, "Bytes of frames that its device sent."},
    {"sluice_interface_receive_errors_total", "rx_errors", kCounter,
     "Frames that its device could not receive."},
    {"sluice_interface_transmit_errors_total", "tx_errors", kCounter,
     "Frames that its device could not send."},
    {"sluice_interface_forwarded_packets_total", "forwarded_packets", kCounter,
     "Packets that came in by it and left by another one."},
    {"sluice_interface_dropped_packets_total", "dropped_packets", kCounter,
     "Packets that came in by it and were dropped."}};

constexpr MetricColumn kTenantColumns[] = {
    {"sluice_tenant_receive_packets_total", "rx_packets", kCounter,
     "Packets that came in by its interfaces."},
    {"sluice_tenant_receive_bytes_total", "rx_bytes", kCounter, "Bytes of these packets."},
    {"sluice_tenant_forwarded_packets_total", "forwarded_packets", kCounter, "Of these, what was sent on."},
    {"sluice_tenant_dropped_packets_total", "dropped_packets", kCounter, "Of these, what was dropped."},
    {"sluice_tenant_errors_total", "errors", kCounter,
     "Frames that devices of its interfaces could not receive or send."}};

constexpr MetricColumn kQueueColumns[] = {
    {"sluice_tenant_transmit_packets_total", "sent_packets", kCounter,
     "Packets that its queue sent, or where there is none the device of its interface."},
    {"sluice_tenant_transmit_bytes_total", "sent_bytes", kCounter, "Bytes of these packets."},
    {"sluice_tenant_queue_dropped_packets_total", "dropped_packets", kCounter,
     "Packets that its queue had no room for."},
    {"sluice_tenant_queue_bytes", "waiting_bytes", kGauge, "Bytes that wait in its queue."}};

constexpr MetricColumn kNetworkColumns[] = {
    {"sluice_network_endpoints", "endpoints", kGauge, "Endpoints that it has."},
    {"sluice_network_endpoints_active", "active", kGauge, "Endpoints that were heard in the last 3 minutes."},
    {"sluice_network_receive_packets_total", "device_rx_packets", kCounter, "Packets out of its tunnel."},
    {"sluice_network_receive_bytes_total", "device_rx_bytes", kCounter, "Bytes of these packets."},
    {"sluice_network_transmit_packets_total", "device_tx_packets", kCounter, "Packets into its tunnel."},
    {"sluice_network_transmit_bytes_total", "device_tx_bytes", kCounter, "Bytes of these packets."},
    {"sluice_network_errors_total", "errors", kCounter,
     "Packets that its tunnel could not receive or send: of a strange source, or for nobody."},
    {"sluice_network_dropped_packets_total", "drops", kCounter,
     "Packets out of its tunnel that were dropped."}};

constexpr MetricColumn kEndpointColumns[] = {
    {"sluice_endpoint_last_handshake_seconds", "last_handshake_seconds", kGauge,
     "When it was heard last, in seconds since 1970; none of one that never was."},
    {"sluice_endpoint_receive_packets_total", "rx_packets", kCounter, "Packets that came from it."},
    {"sluice_endpoint_receive_bytes_total", "rx_inner_bytes", kCounter, "Bytes of these packets."},
    {"sluice_endpoint_transmit_packets_total", "tx_packets", kCounter, "Packets that went to it."},
    {"sluice_endpoint_transmit_bytes_total", "tx_inner_bytes", kCounter, "Bytes of these packets."},
    {"sluice_endpoint_dropped_packets_total", "drops", kCounter,
     "Packets from it or to it that were dropped."}};

constexpr MetricColumn kPodColumns[] = {
    {"sluice_pod_receive_packets_total", "rx_packets", kCounter, "Frames that the pod received."},
    {"sluice_pod_receive_bytes_total", "rx_bytes", kCounter, "Bytes of frames that the pod received."},
    {"sluice_pod_transmit_packets_total", "tx_packets", kCounter, "Frames that the pod sent."},
    {"sluice_pod_transmit_bytes_total", "tx_bytes", kCounter, "Bytes of frames that the pod sent."},
    {"sluice_pod_errors_total", "errors", kCounter, "Frames that its link could not receive or send."},
    {"sluice_pod_dropped_packets_total", "drops", kCounter, "Packets of the pod that were dropped."}};

Labels interface_label(const json& row) { return {{"interface", word_of(row["name"])}}; }
Labels tenant_label(const json& row) { return {{"tenant", word_of(row["name"])}}; }
Labels queue_labels(const json& row) {
  return {{"tenant", word_of(row["name"])}, {"interface", word_of(row["interface"])}};
}
Labels network_label(const json& row) { return {{"network", word_of(row["name"])}}; }
Labels endpoint_labels(const json& row) {
  return {{"network", word_of(row["network"])}, {"endpoint", word_of(row["name"])}};
}
Labels pod_label(const json& row) { return {{"pod", word_of(row["name"])}}; }

void add_device_counts(const DeviceCounts& counts, json& network) {
  const auto count = counts.find(word_of(network["device"]));
  if (count == counts.end()) return;
  network["device_rx_packets"] = count->second.received_packets;
  network["device_rx_bytes"] = count->second.received_bytes;
  network["device_tx_packets"] = count->second.sent_packets;
  network["device_tx_bytes"] = count->second.sent_bytes;
  network["errors"] = count->second.errors();
}

void add_errors(const Document& document, const DeviceCounts& counts, json& tenants) {
  std::map<std::string, uint64_t> errors;
  for (const Interface& interface : document.interfaces)
    if (const auto count = counts.find(interface.name); count != counts.end())
      errors[std::string(vrf_name(interface))] += count->second.errors();
  for (json& tenant : tenants) tenant["errors"] = errors[word_of(tenant["name"])];
}

// Interfaces without queues send what their device sends.
void add_without_queues(const Document& document, const DeviceCounts& counts, json& queues) {
  std::set<std::string> queued;
  for (const json& queue : queues) queued.insert(word_of(queue["interface"]));
  for (const Interface& interface : document.interfaces)
    if (const auto count = counts.find(interface.name);
        count != counts.end() && !queued.contains(interface.name))
      queues.push_back({{"name", vrf_name(interface)},
                        {"interface", interface.name},
                        {"sent_packets", count->second.sent_packets},
                        {"sent_bytes", count->second.sent_bytes}});
}

constexpr std::pair<EventKind, const char*> kShortages[] = {
    {EventKind::kPortsExhausted, "ports"},           {EventKind::kHostMappings, "host-mappings"},
    {EventKind::kHostFlows, "host-flows"},           {EventKind::kTableFull, "flows"},
    {EventKind::kHalfOpenFull, "half-open"},         {EventKind::kMappingsFull, "mappings"},
    {EventKind::kTargetHalfOpen, "target-half-open"}};

}   // namespace

std::string word_of(const json& value) { return value.is_string() ? value.get<std::string>() : ""; }

void tell_rows(const json& rows, LabelsOfRow labels, std::span<const MetricColumn> columns,
               MetricText& text) {
  for (const MetricColumn& column : columns) {
    text.begin(column.name, column.type, column.help);
    for (const json& row : rows)
      if (const auto at = row.find(column.member); at != row.end() && at->is_number())
        text.add(labels(row), at->get<uint64_t>());
  }
}

Result<> tell_interfaces(Gateway& gateway, MetricText& text) {
  if (!gateway.current()) return {};
  json rows = std::move(TRY(show_interfaces(gateway))["interfaces"]);
  const auto counts = TRY(counts_of_devices(gateway));
  for (json& row : rows) {
    row["up"] = uint64_t{row["state"] == "up"};
    const auto count = counts.find(word_of(row["name"]));
    if (count == counts.end()) continue;
    row["tx_packets"] = count->second.sent_packets;
    row["tx_bytes"] = count->second.sent_bytes;
    row["rx_errors"] = count->second.received_errors;
    row["tx_errors"] = count->second.sent_errors;
  }
  tell_rows(rows, interface_label, kInterfaceColumns, text);
  return {};
}

Result<> tell_tenants(Gateway& gateway, MetricText& text) {
  if (!gateway.current() || gateway.current()->document.vrfs.empty()) return {};
  const Document& document = gateway.current()->document;
  const auto counts = TRY(counts_of_devices(gateway));
  json tenants = TRY(rows_of_vrfs(gateway));
  add_errors(document, counts, tenants);
  tell_rows(tenants, tenant_label, kTenantColumns, text);
  json queues = std::move(TRY(show_tenants(gateway))["tenants"]);
  add_without_queues(document, counts, queues);
  tell_rows(queues, queue_labels, kQueueColumns, text);
  return {};
}

Result<> tell_networks(Gateway& gateway, MetricText& text) {
  if (!gateway.current() || gateway.current()->document.networks.empty()) return {};
  json networks = std::move(TRY(show_networks(gateway))["networks"]);
  const auto counts = TRY(counts_of_devices(gateway));
  for (json& network : networks) add_device_counts(counts, network);
  tell_rows(networks, network_label, kNetworkColumns, text);
  json endpoints = std::move(TRY(show_endpoints(gateway))["endpoints"]);
  for (json& endpoint : endpoints)
    if (const auto heard = parse_rfc3339(word_of(endpoint["last_handshake"])))
      endpoint["last_handshake_seconds"] = heard->time_since_epoch().count();
  tell_rows(endpoints, endpoint_labels, kEndpointColumns, text);
  return {};
}

Result<> tell_pods(Gateway& gateway, MetricText& text) {
  if (!gateway.current() || gateway.current()->document.pods.empty()) return {};
  tell_rows(TRY(show_pods(gateway))["pods"], pod_label, kPodColumns, text);
  return {};
}

namespace {

constexpr const char* kStates[] = {"half-open", "established", "closing"};

// One series for each state of each of them.
template <class Rows, class LabelsOf>
void tell_phases(const char* name, const char* help, const Rows& rows, LabelsOf labels_of, MetricText& text) {
  if (rows.empty()) return;
  text.begin(name, kGauge, help);
  for (const auto& [what, phases] : rows)
    for (size_t phase = 0; phase < std::size(kStates); ++phase) {
      Labels labels = labels_of(what);
      labels.emplace_back("state", kStates[phase]);
      text.add(labels, phases[phase]);
    }
}

void tell_live(const FlowTally& tally, MetricText& text) {
  constexpr const char* kFamilies[] = {"ipv4", "ipv6"};
  text.begin("sluice_flows", kGauge, "Flows that are there now.");
  for (size_t phase = 0; phase < std::size(kStates); ++phase)
    for (size_t family = 0; family < std::size(kFamilies); ++family)
      text.add({{"state", kStates[phase]}, {"family", kFamilies[family]}},
               tally.counts.flows.live[phase][family]);
  tell_phases(
      "sluice_tenant_flows", "Flows that began in its VRF and are there now.", tally.tenants,
      [](const std::string& tenant) {
        return Labels{{"tenant", tenant}};
      },
      text);
  tell_phases(
      "sluice_endpoint_flows", "Flows to it and from it that are there now.", tally.endpoints,
      [](const auto& endpoint) {
        return Labels{{"network", endpoint.first}, {"endpoint", endpoint.second}};
      },
      text);
  tell_phases(
      "sluice_pod_flows", "Flows to it and from it that are there now.", tally.pods,
      [](const std::string& pod) {
        return Labels{{"pod", pod}};
      },
      text);
}

}   // namespace

void tell_flows(const FlowTally& tally, MetricText& text) {
  if (tally.sees_flows) tell_live(tally, text);
  if (!tally.counts.flows.created) return;
  text.begin("sluice_flows_created_total", kCounter, "Flows that began.");
  text.add({}, *tally.counts.flows.created);
}

void tell_limits(const std::vector<ObjectCount>& objects, MetricText& text) {
  const auto tell = [&](const char* name, const char* help, uint8_t kind, uint64_t ObjectCount::*count) {
    text.begin(name, kCounter, help);
    for (const ObjectCount& object : objects)
      if (object.kind == kind) text.add({{"limit", object.name}}, object.*count);
  };
  tell("sluice_limit_passed_packets_total", "Packets that it let pass.", SL_OBJECT_LIMIT,
       &ObjectCount::packets);
  tell("sluice_limit_passed_bytes_total", "Bytes of these packets.", SL_OBJECT_LIMIT, &ObjectCount::bytes);
  tell("sluice_limit_exceeded_packets_total", "Packets that exceeded it.", SL_OBJECT_LIMIT_EXCEEDED,
       &ObjectCount::packets);
  tell("sluice_limit_exceeded_bytes_total", "Bytes of these packets.", SL_OBJECT_LIMIT_EXCEEDED,
       &ObjectCount::bytes);
}

void tell_shortages(const Shortages& shortages, MetricText& text) {
  text.begin("sluice_shortage_total", kCounter, "Times that the packet path told that something ran out.");
  for (const auto& [kind, word] : kShortages) text.add({{"kind", word}}, shortages.told(kind));
}

}   // namespace sluice
