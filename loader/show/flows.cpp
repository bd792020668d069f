// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/protocol.hpp"
#include "base/text.hpp"
#include "show/flow_row.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json direction(const FlowDirection& d) {
  return {{"source", d.source.to_string()},
          {"source_port", d.source_port},
          {"destination", d.destination.to_string()},
          {"destination_port", d.destination_port},
          {"packets", d.packets},
          {"bytes", d.bytes}};
}

}   // namespace

std::string_view phase_name(FlowPhase phase) {
  switch (phase) {
    case FlowPhase::kHalfOpen: return "half-open";
    case FlowPhase::kEstablished: return "established";
    case FlowPhase::kClosing: return "closing";
  }
  return "half-open";
}

json flow_row(const FlowState& flow, const Names& names) {
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

namespace {

class FlowRows final : public RowReader {
 public:
  FlowRows(std::unique_ptr<FlowReader> flows, Names names)
      : flows_(std::move(flows)), names_(std::move(names)) {}

  Result<bool> next(std::vector<json>& rows) override {
    std::vector<FlowState> piece;
    const bool more = TRY(flows_->next(piece));
    for (const FlowState& flow : piece) rows.push_back(flow_row(flow, names_));
    return more;
  }

 private:
  std::unique_ptr<FlowReader> flows_;
  const Names names_;   // of when it began
};

json row_of(const MappingState& m, const Names& names) {
  return {{"protocol", protocol_name(m.protocol)},
          {"vrf", names.vrf(m.vrf)},
          {"inside", m.inside.to_string()},
          {"inside_port", m.inside_port},
          {"outside_vrf", names.vrf(m.outside_vrf)},
          {"outside", m.outside.to_string()},
          {"outside_port", m.outside_port},
          {"masquerade", names.object(m.masquerade)},
          {"flows", m.flows}};
}

// Read at once, and made into text piece by piece.
class MappingRows final : public RowReader {
 public:
  MappingRows(std::vector<MappingState> mappings, Names names)
      : mappings_(std::move(mappings)), names_(std::move(names)) {}

  Result<bool> next(std::vector<json>& rows) override {
    for (const size_t end = std::min(at_ + kAtOnce, mappings_.size()); at_ < end; ++at_)
      rows.push_back(row_of(mappings_[at_], names_));
    return at_ < mappings_.size();
  }

 private:
  static constexpr size_t kAtOnce = 1000;
  const std::vector<MappingState> mappings_;
  size_t at_ = 0;
  const Names names_;
};

}   // namespace

Result<std::unique_ptr<RowReader>> flow_rows(Gateway& gateway) {
  auto names = TRY(Names::of(gateway));
  return std::make_unique<FlowRows>(TRY(gateway.engine().read_flows()), std::move(names));
}

Result<std::unique_ptr<RowReader>> mapping_rows(Gateway& gateway) {
  auto names = TRY(Names::of(gateway));
  return std::make_unique<MappingRows>(TRY(gateway.engine().mappings()), std::move(names));
}

}   // namespace sluice
