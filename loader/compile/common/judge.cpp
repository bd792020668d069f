// SPDX-License-Identifier: GPL-2.0-or-later
#include "compile/common/judge.hpp"

#include "compile/common/prefix_translation.hpp"
#include "compile/common/rows.hpp"

namespace sluice {

std::optional<Judge::Target> Judge::target_in(uint16_t view, const FlowEnds& flow) const {
  if (const sl_forward* f = tables_.forward(view, flow.protocol, flow.destination, flow.destination_port))
    return Target{address_of(f->to),
                  static_cast<uint16_t>(f->to_port + (flow.destination_port - f->first_port)),
                  f,
                  nullptr,
                  view,
                  f->vrf};
  if (const sl_static* s = tables_.static_in(view, flow.destination))
    return Target{translated(flow.destination, *s).value_or(IpAddress()),
                  flow.destination_port,
                  nullptr,
                  s,
                  view,
                  s->vrf};
  return std::nullopt;
}

// Whom nobody translates goes where the routes lead, and they have been asked already.
Judge::Target Judge::target_of(const FlowEnds& flow) const {
  if (const auto target = target_in(flow.vrf_in, flow)) return *target;
  if (const auto next = flow.vrf_in ? tables_.vrf_through(flow.vrf_in, flow.destination) : std::nullopt)
    if (const auto target = target_in(*next, flow)) return *target;
  return untranslated(flow);
}

Judge::Target Judge::untranslated(const FlowEnds& flow) {
  return {flow.destination, flow.destination_port, nullptr, nullptr, flow.vrf_in, flow.vrf_out};
}

bool Judge::may_use(const sl_forward& forward, const IpAddress& source) const {
  return forward.source_set == 0 || tables_.set_has(forward.source_set, source);
}

// Of the flow, by the destination that was called: nullptr where none applies.
const sl_masquerade* Judge::masquerade_for(const FlowEnds& flow, uint16_t outside) const {
  const sl_masquerade* row = tables_.masquerade_between(flow.zone_in, outside, flow.source.family());
  return row && row->except_set && tables_.set_has(row->except_set, flow.destination) ? nullptr : row;
}

Action Judge::action_for(const FlowEnds& flow) const {
  const Policy* policy = tables_.policy_for(
      {flow.zone_in, flow.zone_out, flow.source, flow.reply_source, flow.protocol, flow.reply_source_port});
  if (policy) return policy->action;
  return tables_.pair(flow.zone_in, flow.zone_out)->action == SL_ACCEPT ? Action::kAccept : Action::kDrop;
}

std::pair<uint16_t, uint32_t> Judge::outside_of(const FlowEnds& flow, const Target& target) const {
  const bool hairpin = flow.zone_in == flow.zone_out || target.view != flow.vrf_in;
  if (hairpin && target.forward) return {target.forward->zone, target.forward->ifindex};
  if (hairpin && target.mapping) return {target.mapping->zone, target.mapping->ifindex};
  return {flow.zone_out, flow.ifindex_out};
}

// The address that a masqueraded flow leaves with must still be one that the rule gives.
bool Judge::gives(const sl_masquerade& masquerade, const FlowEnds& flow, uint32_t device) const {
  const IpAddress& seen = flow.reply_destination;
  for (uint32_t i = 0; i < masquerade.ranges; ++i) {
    const sl_pool& pool = tables_.rules().pools[masquerade.pool + i];
    const IpAddress first = address_of(pool.first);
    if (AddressRange{first, first.plus(pool.count - 1)}.contains(seen)) return true;
  }
  if (masquerade.ranges) return false;
  const sl_interface* row = tables_.interface(device);
  return row && address_of(*row, seen.family()) == seen;
}

bool Judge::source_is_right(const FlowEnds& flow, const Target& target) const {
  const auto [zone, device] = outside_of(flow, target);
  // Where two VRFs' flows would look alike to the same port, netfilter gives the one another
  // (docs/nftables.md).
  const bool same = flow.reply_destination == flow.source &&
                    (flow.reply_destination_port == flow.source_port || flow.vrf_in != flow.vrf_out);
  if (flow.zone_in == 0 || flow.zone_out == 0 || zone >= tables_.rules().zones.size()) return same;
  const bool masqueraded = tables_.masquerade_between(flow.zone_in, zone, flow.source.family()) != nullptr;
  const sl_static* mapping = tables_.static_out(flow.vrf_in, flow.source);
  if (mapping && applies(*mapping, zone, masqueraded))
    return flow.reply_destination == translated(flow.source, *mapping);
  const sl_masquerade* row = masquerade_for(flow, zone);
  return row ? gives(*row, flow, device) : same;
}

bool Judge::allows(const FlowEnds& flow) const {
  const Target target = flow.zone_in == 0 ? untranslated(flow) : target_of(flow);
  if (flow.reply_source != target.address || flow.reply_source_port != target.port ||
      flow.vrf_out != target.vrf)
    return false;
  if (tables_.pair(flow.zone_in, flow.zone_out)->action == SL_NEVER) return false;
  const bool translated = target.forward || target.mapping;
  if (target.forward && !may_use(*target.forward, flow.source)) return false;
  if (flow.zone_in != 0 && flow.zone_out != 0 && flow.zone_in != flow.zone_out && !translated &&
      tables_.masquerade_between(flow.zone_out, flow.zone_in, flow.source.family()))
    return false;
  if (!target.forward && action_for(flow) != Action::kAccept) return false;
  return source_is_right(flow, target);
}

uint32_t Judge::nat_of(const FlowEnds& flow) const {
  if (flow.zone_in == 0) return 0;
  const Target target = target_of(flow);
  const auto [zone, device] = outside_of(flow, target);
  if ((flow.reply_destination != flow.source || flow.reply_destination_port != flow.source_port) &&
      zone < tables_.rules().zones.size() && flow.zone_out != 0) {
    const sl_static* mapping = tables_.static_out(flow.vrf_in, flow.source);
    if (mapping && flow.reply_destination == translated(flow.source, *mapping)) return mapping->object;
    if (const sl_masquerade* row = masquerade_for(flow, zone)) return row->object;
  }
  if (flow.reply_source == flow.destination && flow.reply_source_port == flow.destination_port) return 0;
  return target.forward ? target.forward->object : target.mapping ? target.mapping->object : 0;
}

}   // namespace sluice
