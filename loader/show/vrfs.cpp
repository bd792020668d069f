// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "show/names.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json route_of(const VrfRoute& route) {
  if (route.via) return {{"to", route.to.to_string()}, {"via", route.via->to_string()}};
  return {{"to", route.to.to_string()},
          {"through", route.through.empty() ? std::string(kMainVrf) : route.through}};
}

// What its interfaces counted, and the flows that began there.
class VrfRow {
 public:
  VrfRow(std::string name, uint16_t number)
      : number_(number), row_{{"name", std::move(name)}, {"table", number}} {
    row_["interfaces"] = row_["zones"] = row_["routes"] = json::array();
    row_["device"] = nullptr;
    for (const char* key : {"flows", "rx_packets", "rx_bytes", "forwarded_packets", "forwarded_bytes",
                            "dropped_packets", "dropped_bytes"})
      row_[key] = uint64_t{0};
  }

  void set_device(const ObservedLink& link) {
    if (link.parameters == LinkParameters(VrfLink{number_})) row_["device"] = link.name;
  }

  void add_route(const VrfRoute& route) { row_["routes"].push_back(route_of(route)); }

  void add(const Interface& interface, const InterfaceCount* count) {
    row_["interfaces"].push_back(interface.name);
    json& zones = row_["zones"];
    if (std::find(zones.begin(), zones.end(), interface.zone) == zones.end()) zones.push_back(interface.zone);
    if (!count) return;
    add("rx_packets", count->rx_packets);
    add("rx_bytes", count->rx_bytes);
    add("forwarded_packets", count->forwarded_packets);
    add("forwarded_bytes", count->forwarded_bytes);
    add("dropped_packets", count->dropped_packets);
    add("dropped_bytes", count->dropped_bytes);
  }

  json take() { return std::move(row_); }

 private:
  void add(const char* key, uint64_t more) { row_[key] = row_[key].get<uint64_t>() + more; }

  uint16_t number_;
  json row_;
};

const InterfaceCount* find_count(const std::vector<InterfaceCount>& counts, const Observed& observed,
                                 const std::string& name) {
  const auto link = observed.links.find(name);
  if (link == observed.links.end()) return nullptr;
  const auto at = std::ranges::find(counts, link->second.index, &InterfaceCount::ifindex);
  return at == counts.end() ? nullptr : &*at;
}

// How many began in each.
Result<std::map<uint16_t, uint64_t>> flows_by_vrf(Engine& engine) {
  std::map<uint16_t, uint64_t> counts;
  TRY(engine.visit_flows([&](const FlowState& flow) { ++counts[flow.vrf_in]; }));
  return counts;
}

}   // namespace

Result<json> rows_of_vrfs(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current()) return rows;
  const Document& document = gateway.current()->document;
  const Observed observed = TRY(gateway.observe());
  const auto counts = TRY(gateway.engine().interfaces());
  const auto add = [&](const std::string& name, const Vrf& vrf) {
    VrfRow row(name, vrf.table);
    if (const auto device = observed.links.find(name); device != observed.links.end())
      row.set_device(device->second);
    for (const VrfRoute& route : vrf.routes) row.add_route(route);
    for (const Interface& interface : document.interfaces)
      if (interface.vrf == vrf.name) row.add(interface, find_count(counts, observed, interface.name));
    rows.push_back(row.take());
  };
  Vrf main;
  main.routes = document.routes;
  add(std::string(kMainVrf), main);
  for (const Vrf& vrf : document.vrfs) add(vrf.name, vrf);
  return rows;
}

Result<json> show_vrfs(Gateway& gateway) {
  json rows = TRY(rows_of_vrfs(gateway));
  if (rows.empty()) return json{{"vrfs", std::move(rows)}};
  auto flows = TRY(flows_by_vrf(gateway.engine()));
  for (json& row : rows) row["flows"] = flows[row["table"].get<uint16_t>()];
  return json{{"vrfs", std::move(rows)}};
}

}   // namespace sluice
