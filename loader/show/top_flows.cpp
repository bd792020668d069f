// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/top_flows.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/protocol.hpp"
#include "show/flow_row.hpp"

namespace sluice {
namespace {

using nlohmann::json;

uint64_t top_bytes(const TopFlow& one) { return one.flow.original.bytes + one.flow.reply.bytes; }
uint64_t top_packets(const TopFlow& one) { return one.flow.original.packets + one.flow.reply.packets; }
double top_rate(const TopFlow& one) { return one.rate ? one.rate->bytes() : -1; }
float top_packet_rate(const TopFlow& one) { return one.rate ? one.rate->packets : -1; }

// So that rows that are alike stand in the same order each time.
bool by_flow_key(const TopFlow& one, const TopFlow& other) { return key_of(one.flow) < key_of(other.flow); }

template <auto value>
bool most_first(const TopFlow& one, const TopFlow& other) {
  const auto mine = value(one), theirs = value(other);
  return mine != theirs ? mine > theirs : by_flow_key(one, other);
}

template <auto value>
bool least_first(const TopFlow& one, const TopFlow& other) {
  const auto mine = value(one), theirs = value(other);
  return mine != theirs ? mine < theirs : by_flow_key(one, other);
}

auto top_protocol(const TopFlow& one) { return one.flow.protocol; }
auto top_idle(const TopFlow& one) { return one.flow.idle_seconds; }
auto top_phase(const TopFlow& one) { return one.flow.phase; }
auto top_source(const TopFlow& one) {
  return std::pair(one.flow.original.source, one.flow.original.source_port);
}
auto top_destination(const TopFlow& one) {
  return std::pair(one.flow.original.destination, one.flow.original.destination_port);
}

constexpr std::pair<std::string_view, FirstRows<TopFlow>::Before> kFlowOrders[] = {
    {"bytes_per_second", most_first<top_rate>},
    {"packets_per_second", most_first<top_packet_rate>},
    {"bytes", most_first<top_bytes>},
    {"packets", most_first<top_packets>},
    {"idle_seconds", least_first<top_idle>},
    {"protocol", least_first<top_protocol>},
    {"state", least_first<top_phase>},
    {"source", least_first<top_source>},
    {"destination", least_first<top_destination>},
};

json told(const std::optional<FlowRate>& rate, double (*value)(const FlowRate&)) {
  return rate ? json(static_cast<uint64_t>(value(*rate))) : json();
}

json row_of(const TopFlow& one, const Names& names) {
  json row = flow_row(one.flow, names);
  for (const char* unknown : {"interface_in", "interface_out", "nat"}) row.erase(unknown);
  row["bytes"] = top_bytes(one);
  row["packets"] = top_packets(one);
  row["bytes_per_second"] = told(one.rate, [](const FlowRate& rate) { return rate.bytes(); });
  row["packets_per_second"] = told(one.rate, [](const FlowRate& rate) { return double{rate.packets}; });
  return row;
}

std::string words_of(const json& name) { return name.is_string() ? name.get<std::string>() : ""; }

// What the row would show.
std::string words_of(const FlowState& flow, const Names& names) {
  const auto end = [](const IpAddress& address, uint16_t port) { return to_string(Endpoint{address, port}); };
  return fmt::format("{} {} {} {} {} {} {} {} {}", protocol_name(flow.protocol), phase_name(flow.phase),
                     end(flow.original.source, flow.original.source_port),
                     end(flow.original.destination, flow.original.destination_port),
                     end(flow.reply.source, flow.reply.source_port),
                     end(flow.reply.destination, flow.reply.destination_port),
                     words_of(names.zone(flow.zone_in)), words_of(names.zone(flow.zone_out)),
                     words_of(names.object(flow.policy)));
}

}   // namespace

Result<TopFlows> TopFlows::of(const TopQuery& query) {
  const std::string_view wanted = query.sort.empty() ? kFlowOrders[0].first : query.sort;
  for (const auto& [name, before] : kFlowOrders)
    if (name == wanted) return TopFlows(query, before);
  return fail(fmt::format("flows have no order by \"{}\"", query.sort), ErrorKind::kUsage);
}

void TopFlows::note(const FlowState& flow, const std::optional<FlowRate>& rate, const Names& names) {
  if (filter_.any() && !filter_.passes(words_of(flow, names))) return;
  ++matched_;
  first_.note({flow, rate});
}

json TopFlows::take(const Names& names) {
  json rows = json::array();
  for (const TopFlow& one : first_.take()) rows.push_back(row_of(one, names));
  return rows;
}

}   // namespace sluice
