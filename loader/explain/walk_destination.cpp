// SPDX-License-Identifier: GPL-2.0-or-later
// Where it goes: bpf/nat/translate.h (destination), bpf/output/route.h, bpf/nat/filter.h, and find_way().
#include <algorithm>

#include "base/protocol.hpp"
#include "compile/common/rows.hpp"
#include "explain/walk.hpp"

namespace sluice::detail {

Passed Walk::translate_destination() {
  const auto target = judge_.target_in(view_, packet());
  if (!target) return SL_DROP_NONE;
  told_.nat = target->object();
  if (target->forward && !judge_.may_use(*target->forward, in_.source.address)) return SL_DROP_FORWARD_SOURCE;
  new_destination_ = true;
  admitted_ = target->forward != nullptr;
  outside_zone_ = target->zone();
  outside_ifindex_ = target->ifindex();
  out_.vrf = target->vrf;
  if (!target->at) return target->forward ? SL_DROP_NO_BACKEND : SL_DROP_BAD_ADDRESS;
  out_.destination = *target->at;
  return SL_DROP_NONE;
}

const MappingState* Walk::asked_mapping() const {
  if (!world_.has_mappings || !has_ports(question_.protocol)) return nullptr;
  const auto at = std::ranges::find_if(world_.mappings, [&](const MappingState& m) {
    return m.protocol == question_.protocol && Endpoint{m.outside, m.outside_port} == in_.destination;
  });
  return at == world_.mappings.end() ? nullptr : &*at;
}

// The zone that the endpoint is an address of; one that is only routed to the gateway lies where it leads.
Result<> Walk::find_outside() {
  if (const sl_local* local = tables_.local(view_, in_.destination.address)) {
    outside_zone_ = local->zone;
    outside_ifindex_ = local->ifindex;
  } else if (!TRY(find_route())) {
    outside_zone_ = zone_out_;
    outside_ifindex_ = ifindex_out_;
  }
  return {};
}

Result<> Walk::translate_to_mapping() {
  const MappingState* mapping = asked_mapping();
  if (!mapping) return {};
  TRY(find_outside());
  out_.vrf = mapping->vrf;
  out_.destination = {mapping->inside, mapping->inside_port};
  told_.nat = mapping->masquerade;
  new_destination_ = to_mapping_ = true;
  return {};
}

Passed Walk::judge_local(const sl_local& local) {
  to_host_ = true;
  zone_out_ = 0;
  ifindex_out_ = 0;
  return judge_.is_hidden(zone_in_, local.zone, family()) ? SL_DROP_INSIDE_ADDRESS : SL_DROP_NONE;
}

Passed Walk::find_route() {
  const RouteAnswer answer = TRY(routes_.find(out_.vrf, out_.destination.address));
  if (!answer.way) {
    if (answer.has_no_answer) through_ = tables_.vrf_through(out_.vrf, out_.destination.address);
    return SL_DROP_NO_ROUTE;
  }
  ifindex_out_ = answer.way->ifindex;
  const sl_interface* device = tables_.interface(answer.way->ifindex);
  if (device && device->vrf != out_.vrf) through_ = tables_.vrf_through(out_.vrf, out_.destination.address);
  if (!device || device->vrf != out_.vrf) return SL_DROP_NO_ZONE;
  zone_out_ = device->zone;
  told_.next_hop = row_address(answer.way->next_hop.value_or(out_.destination.address));
  told_.mtu = static_cast<uint16_t>(std::min<uint32_t>(
      answer.way->mtu && answer.way->mtu < device->mtu ? answer.way->mtu : device->mtu, 0xffff));
  return SL_DROP_NONE;
}

Passed Walk::look_in_view() {
  if (const uint8_t reason = TRY(translate_destination())) return reason;
  if (!new_destination_) TRY(translate_to_mapping());
  if (const sl_local* local = tables_.local(out_.vrf, out_.destination.address))
    return out_.vrf == in_.vrf ? judge_local(*local) : Passed(SL_DROP_OTHER_VRF);
  if (is_on_link_only()) return SL_DROP_BAD_ADDRESS;
  return find_route();
}

Passed Walk::find_way() {
  uint8_t reason = SL_DROP_NONE;
  view_ = in_.vrf;
  for (int view = 0; view < 2; ++view) {
    through_.reset();
    reason = TRY(look_in_view());
    if (!through_ || new_destination_ || view == 1) break;
    out_.vrf = view_ = *through_;
  }
  told_.view = view_;
  told_.vrf_out = out_.vrf;
  told_.zone_out = zone_out_;
  told_.ifindex_out = ifindex_out_;
  told_.destination = row_address(out_.destination.address);
  told_.destination_port = htons(out_.destination.port);
  told_.flags |= (new_destination_ ? SL_FLOW_NEW_DESTINATION : 0) | (to_mapping_ ? SL_FLOW_TO_MAPPING : 0) |
                 (to_host_ ? SL_FLOW_TO_HOST : 0);
  if (admitted_) told_.is |= SL_EXPLAINED_ADMITTED;
  return reason;
}

// Of an address-dependent filter: any port of whom the owner has sent to.
bool Walk::has_sent_to() const {
  return std::ranges::any_of(world_.flows, [&](const FlowState& flow) {
    return flow.protocol == question_.protocol && flow.original.destination == in_.source.address &&
           Endpoint{flow.reply.destination, flow.reply.destination_port} == in_.destination;
  });
}

Passed Walk::filter() {
  const sl_masquerade* masquerade = tables_.masquerade_between(zone_out_, zone_in_, family());
  if (!masquerade || zone_in_ == zone_out_) {
    hairpin_ = true;
    told_.is |= SL_EXPLAINED_UNHIDDEN;
    return SL_DROP_NONE;
  }
  told_.nat = masquerade->object;
  if (zone_in_ == outside_zone_)
    admitted_ = (masquerade->flags & SL_MASQUERADE_FILTER_NONE) ||
                ((masquerade->flags & SL_MASQUERADE_FILTER_ADDRESS) && has_sent_to());
  if (!admitted_) return SL_DROP_FILTERED;
  told_.is |= SL_EXPLAINED_ADMITTED;
  return SL_DROP_NONE;
}

Passed Walk::judge_hidden() {
  if (to_host_) return SL_DROP_NONE;
  if (to_mapping_) return filter();
  return judge_.is_hidden(zone_in_, zone_out_, family()) && !new_destination_ ? SL_DROP_INSIDE_ADDRESS
                                                                              : SL_DROP_NONE;
}

}   // namespace sluice::detail
