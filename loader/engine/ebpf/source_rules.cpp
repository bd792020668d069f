// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/ebpf/source_rules.hpp"

#include "compile/common/rows.hpp"
#include "maps/mapping.h"

namespace sluice {

bool changes_family(const FlowState& flow) {
  return flow.original.source.family() != flow.reply.source.family();
}

bool has_new_source(const FlowState& flow) {
  return flow.reply.destination != flow.original.source ||
         flow.reply.destination_port != flow.original.source_port;
}

bool has_new_destination(const FlowState& flow) {
  return flow.reply.source != flow.original.destination ||
         flow.reply.source_port != flow.original.destination_port;
}

SourceRules::SourceRules(const NumberedRules& rules)
    : rules_(rules), static_in_(rules.static_in), static_out_(rules.static_out), local_(rules.local_addr) {}

// Hairpin: both ends are in one zone, and the outside is where the address lives that was asked for.
SourceRules::Outside SourceRules::outside_of(const FlowState& flow) const {
  if (flow.zone_in != flow.zone_out || !has_new_destination(flow)) return {flow.zone_out, flow.ifindex_out};
  const sl_addr asked = row_address(flow.original.destination);
  if (const sl_static* row = static_in_.find(flow.vrf_in, asked)) return {row->zone, row->ifindex};
  if (const sl_local* row = local_.find(flow.vrf_in, asked)) return {row->zone, row->ifindex};
  return {SL_ANY_ZONE, 0};
}

const sl_zone_pair* SourceRules::pair_of(uint16_t from, uint16_t to) const {
  const uint32_t zones = rules_.header.zones;
  return from < zones && to < zones ? &rules_.zone_pairs[from * zones + to] : nullptr;
}

// by_own_address() in bpf/nat/translate.h
std::optional<SourceRule> SourceRules::by_own_address(const FlowState& flow) const {
  if (!rules_.header.own_address || !has_new_destination(flow) || flow.ifindex_in != flow.ifindex_out)
    return std::nullopt;
  return SourceRule{flow.nat, false, 0};
}

std::optional<SourceRule> SourceRules::find(const FlowState& flow) const {
  if (flow.zone_in == 0 || flow.zone_out == 0) return std::nullopt;
  const Outside outside = outside_of(flow);
  const sl_zone_pair* pair = pair_of(flow.zone_in, outside.zone);
  const uint32_t number = pair ? masquerade_of(*pair, flow.original.source.family()) : 0;
  const sl_static* row = static_out_.find(flow.vrf_in, row_address(flow.original.source));
  if (row && pair && applies(*row, outside.zone, number != 0)) return SourceRule{row->object, false, 0};
  if (number == 0) return by_own_address(flow);
  const sl_masquerade& masquerade = rules_.masquerades[number - 1];
  const uint32_t pool = SL_SCOPE_POOL | masquerade.object;
  const bool holds_mapping = !(masquerade.flags & SL_MASQUERADE_PER_DESTINATION);
  return SourceRule{masquerade.object, holds_mapping, masquerade.ranges ? pool : outside.ifindex};
}

}   // namespace sluice
