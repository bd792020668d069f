// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.hpp"
#include "show/names.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::string_view phase_name(FlowPhase phase) {
  switch (phase) {
    case FlowPhase::kHalfOpen: return "half-open";
    case FlowPhase::kEstablished: return "established";
    case FlowPhase::kClosing: return "closing";
  }
  return "half-open";
}

json direction(const FlowDirection& d) {
  return {{"source", d.source.to_string()},
          {"source_port", d.source_port},
          {"destination", d.destination.to_string()},
          {"destination_port", d.destination_port},
          {"packets", d.packets},
          {"bytes", d.bytes}};
}

json row_of(const FlowState& flow, const Names& names) {
  const uint32_t left =
      flow.timeout_seconds > flow.idle_seconds ? flow.timeout_seconds - flow.idle_seconds : 0;
  return {{"protocol", protocol_name(flow.protocol)},
          {"family", to_string(flow.original.source.family())},
          {"state", phase_name(flow.phase)},
          {"from_zone", names.zone(flow.zone_in)},
          {"to_zone", names.zone(flow.zone_out)},
          {"from_vrf", names.vrf(flow.vrf_in)},
          {"to_vrf", names.vrf(flow.vrf_out)},
          {"original", direction(flow.original)},
          {"reply", direction(flow.reply)},
          {"policy", names.object(flow.policy)},
          {"nat", names.object(flow.nat)},
          {"interface_in", names.link(flow.ifindex_in)},
          {"interface_out", names.link(flow.ifindex_out)},
          {"idle_seconds", flow.idle_seconds},
          {"expires_seconds", left}};
}

}   // namespace

Result<json> show_flows(Gateway& gateway) {
  const Names names = TRY(Names::of(gateway));
  json rows = json::array();
  for (const FlowState& flow : TRY(gateway.engine().flows())) rows.push_back(row_of(flow, names));
  return json{{"flows", std::move(rows)}};
}

Result<json> show_mappings(Gateway& gateway) {
  const Names names = TRY(Names::of(gateway));
  json rows = json::array();
  for (const MappingState& m : TRY(gateway.engine().mappings()))
    rows.push_back({{"protocol", protocol_name(m.protocol)},
                    {"vrf", names.vrf(m.vrf)},
                    {"inside", m.inside.to_string()},
                    {"inside_port", m.inside_port},
                    {"outside_vrf", names.vrf(m.outside_vrf)},
                    {"outside", m.outside.to_string()},
                    {"outside_port", m.outside_port},
                    {"masquerade", names.object(m.masquerade)},
                    {"flows", m.flows}});
  return json{{"mappings", std::move(rows)}};
}

}   // namespace sluice
