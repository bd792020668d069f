// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/top_lists.hpp"

#include <unistd.h>

#include <array>

#include "show/device_counts.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr const char* kByName[] = {"name"};
constexpr const char* kInterfaceCounts[] = {"rx_packets", "rx_bytes",        "tx_packets",
                                            "tx_bytes",   "dropped_packets", "dropped_bytes"};
constexpr const char* kTenantCounts[] = {"rx_packets", "rx_bytes", "sent_packets", "sent_bytes",
                                         "dropped_packets"};
constexpr const char* kDropKey[] = {"reason", "interface"};
constexpr const char* kPacketsAndBytes[] = {"packets", "bytes"};
constexpr const char* kEndpointKey[] = {"network", "name"};
constexpr const char* kEndpointCounts[] = {"rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "drops"};
constexpr const char* kBackendKey[] = {"service", "backend", "underlay", "address"};

// The packet path counts what comes in, the kernel what a device sends.
Result<json> rows_of_interfaces(Gateway& gateway) {
  json rows = std::move(TRY(show_interfaces(gateway))["interfaces"]);
  const auto counts = TRY(counts_of_devices(gateway));
  for (json& row : rows) {
    const auto count = counts.find(row["name"].get_ref<const std::string&>());
    if (count == counts.end()) continue;
    row["tx_packets"] = count->second.sent_packets;
    row["tx_bytes"] = count->second.sent_bytes;
  }
  return rows;
}

void add_queue(json& tenant, const json& queue) {
  for (const char* name : {"sent_packets", "sent_bytes", "waiting_packets", "waiting_bytes"})
    tenant[name] = tenant.value(name, uint64_t{0}) + queue[name].get<uint64_t>();
  tenant["queue_dropped_packets"] =
      tenant.value("queue_dropped_packets", uint64_t{0}) + queue["dropped_packets"].get<uint64_t>();
}

// Each VRF, with what its queues sent where it has a bandwidth.
Result<json> tenant_rows(Gateway& gateway) {
  json rows = TRY(rows_of_vrfs(gateway));
  std::map<std::string, json*> by_name;
  for (json& row : rows) {
    row.erase("routes");
    row.erase("flows");   // counting them is a look at all
    by_name[row["name"].get<std::string>()] = &row;
  }
  for (const json& queue : TRY(show_tenants(gateway))["tenants"])
    if (const auto at = by_name.find(queue["name"].get<std::string>()); at != by_name.end())
      add_queue(*at->second, queue);
  return rows;
}

Result<json> drop_rows(Gateway& gateway) { return std::move(TRY(show_drops(gateway))["drops"]); }

Result<json> endpoint_rows(Gateway& gateway) { return std::move(TRY(show_endpoints(gateway))["endpoints"]); }

struct TopList {
  TopKind kind;
  Result<json> (*rows)(Gateway&);
  std::span<const char*const> key, counters;
};

constexpr TopList kTopLists[] = {
    {TopKind::kInterfaces, rows_of_interfaces, kByName, kInterfaceCounts},
    {TopKind::kTenants, tenant_rows, kByName, kTenantCounts},
    {TopKind::kDrops, drop_rows, kDropKey, kPacketsAndBytes},
    {TopKind::kEndpoints, endpoint_rows, kEndpointKey, kEndpointCounts},
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}   // namespace

Result<json> TopLists::rows(Gateway& gateway, TopKind kind, RowRates::Clock::time_point now) {
  for (const TopList& list : kTopLists) {
    if (list.kind != kind) continue;
    json rows = TRY(list.rows(gateway));
    rates_[kind].add(rows, list.key, list.counters, now);
    return rows;
  }
  return json::array();
}

Result<json> TopLists::services(Gateway& gateway, const std::vector<ObjectCount>& objects,
                                RowRates::Clock::time_point now) {
  json rows = TRY(rows_of_services(gateway, objects));
  rates_[TopKind::kServices].add(rows, kBackendKey, kPacketsAndBytes, now);
  return rows;
}

Result<json> TopLists::head(Gateway& gateway, RowRates::Clock::time_point now) {
  const auto flows = TRY(gateway.engine().count_flows());
  uint64_t packets = 0, bytes = 0;
  for (const InterfaceCount& count : TRY(gateway.engine().interfaces())) {
    packets += count.rx_packets;
    bytes += count.rx_bytes;
  }
  json rows = json::array({{{"name", host_name()},
                            {"state", gateway_state(gateway)},
                            {"engine", gateway.engine().name()},
                            {"revision", gateway.revision() ? json(gateway.revision()) : json()},
                            {"flows", flows ? json(*flows) : json()},
                            {"packets", packets},
                            {"bytes", bytes}}});
  head_.add(rows, kByName, kPacketsAndBytes, now);
  return rows[0];
}

void TopLists::forget() {
  rates_.clear();
  head_.forget();
}

}   // namespace sluice
