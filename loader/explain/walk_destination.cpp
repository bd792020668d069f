// SPDX-License-Identifier: GPL-2.0-or-later
// Where it goes: bpf/nat/translate.h (destination), bpf/output/route.h, bpf/nat/filter.h, and find_way().
#include <fmt/format.h>

#include <algorithm>

#include "base/protocol.hpp"
#include "compile/common/prefix_translation.hpp"
#include "compile/common/rows.hpp"
#include "explain/walk.hpp"

namespace sluice::detail {

Passed Walk::by_forward(const sl_forward& forward) {
  nat_ = forward.object;
  if (forward.source_set && !tables_.set_has(forward.source_set, in_.source.address))
    return SL_DROP_FORWARD_SOURCE;
  out_.vrf = forward.vrf;
  out_.destination = {address_of(forward.to),
                      static_cast<uint16_t>(forward.to_port + (in_.destination.port - forward.first_port))};
  new_destination_ = admitted_ = true;
  forward_ = names_.object(forward.object);
  outside_zone_ = forward.zone;
  outside_ifindex_ = forward.ifindex;
  return SL_DROP_NONE;
}

Passed Walk::by_static(const sl_static& mapping) {
  new_destination_ = true;
  nat_ = mapping.object;
  outside_zone_ = mapping.zone;
  outside_ifindex_ = mapping.ifindex;
  out_.vrf = mapping.vrf;
  const auto inside = translated(out_.destination.address, mapping);
  if (!inside) return SL_DROP_BAD_ADDRESS;
  out_.destination.address = *inside;
  return SL_DROP_NONE;
}

Passed Walk::translate_destination() {
  const Endpoint& asked = in_.destination;
  if (const auto* forward = tables_.forward(view_, question_.protocol, asked.address, asked.port))
    return by_forward(*forward);
  const sl_static* mapping = tables_.static_in(view_, asked.address);
  return mapping ? by_static(*mapping) : Passed(SL_DROP_NONE);
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
  nat_ = mapping->masquerade;
  new_destination_ = to_mapping_ = true;
  return {};
}

Passed Walk::judge_local(const sl_local& local) {
  to_host_ = true;
  zone_out_ = 0;
  ifindex_out_ = 0;
  if (local.zone != zone_in_ && tables_.masquerade_between(local.zone, zone_in_, family()))
    return SL_DROP_INSIDE_ADDRESS;
  return SL_DROP_NONE;
}

Passed Walk::find_route() {
  const RouteAnswer answer = TRY(routes_.find(out_.vrf, out_.destination.address));
  if (!answer.way) {
    if (answer.has_no_answer && out_.vrf != SL_MAIN_VRF)
      through_ = tables_.vrf_through(out_.vrf, out_.destination.address);
    return SL_DROP_NO_ROUTE;
  }
  ifindex_out_ = answer.way->ifindex;
  const sl_interface* device = tables_.interface(answer.way->ifindex);
  if (!device || device->vrf != out_.vrf) return SL_DROP_NO_ZONE;
  zone_out_ = device->zone;
  told_.next_hop = answer.way->next_hop.value_or(out_.destination.address);
  told_.mtu = answer.way->mtu && answer.way->mtu < device->mtu ? answer.way->mtu : device->mtu;
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

void Walk::tell_destination(uint8_t reason) {
  const std::string rule = names_.object(nat_);
  if (reason == SL_DROP_FORWARD_SOURCE)
    return tell("destination", "its forward is not for this source", rule);
  if (!new_destination_) return tell("destination", "no rule translates it");
  const std::string_view by = to_mapping_ ? "a mapping" : admitted_ ? "a forward" : "a static mapping";
  const std::string in = view_ == in_.vrf ? "" : fmt::format(", asked for in VRF {}", names_.vrf(view_));
  tell("destination", fmt::format("{} leads to {}{}", by, to_string(out_.destination), in), rule);
}

void Walk::tell_way(uint8_t reason) {
  told_.to_vrf = names_.vrf(out_.vrf);
  std::string finding = left_by_;
  if (to_host_ || reason == SL_DROP_OTHER_VRF)
    finding += fmt::format("an address of the gateway itself in VRF {}", told_.to_vrf);
  else if (reason == SL_DROP_BAD_ADDRESS)
    finding += "an address of one link alone, or one that cannot be translated";
  else if (reason == SL_DROP_NO_ROUTE)
    finding +=
        fmt::format("no route of VRF {} leads to {}", told_.to_vrf, out_.destination.address.to_string());
  else if (reason == SL_DROP_NO_ZONE)
    finding +=
        fmt::format("leads out of {}, which VRF {} does not have", names_.link(ifindex_out_), told_.to_vrf);
  else
    finding += fmt::format("out of {} to {} in VRF {}, zone {}, MTU {}", names_.link(ifindex_out_),
                           told_.next_hop->to_string(), told_.to_vrf, names_.zone(zone_out_), told_.mtu);
  tell("route", std::move(finding));
}

Passed Walk::find_way() {
  uint8_t reason = SL_DROP_NONE;
  view_ = in_.vrf;
  for (int view = 0; view < 2; ++view) {
    through_.reset();
    reason = TRY(look_in_view());
    if (!through_ || new_destination_ || view == 1) break;
    left_by_ += fmt::format("VRF {} leaves it to VRF {}; ", names_.vrf(view_), names_.vrf(*through_));
    out_.vrf = view_ = *through_;
  }
  tell_destination(reason);
  if (reason == SL_DROP_FORWARD_SOURCE) return reason;
  told_.nat = names_.object(nat_);
  told_.new_destination = out_.destination;
  tell_way(reason);
  if (reason) return reason;
  told_.to_zone = names_.zone(zone_out_);
  if (!to_host_) told_.interface_out = names_.link(ifindex_out_);
  return SL_DROP_NONE;
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
    tell("filter", "the mapping's owner is not hidden from this sender");
    return SL_DROP_NONE;
  }
  nat_ = masquerade->object;
  told_.nat = names_.object(nat_);
  if (zone_in_ == outside_zone_)
    admitted_ = (masquerade->flags & SL_MASQUERADE_FILTER_NONE) ||
                ((masquerade->flags & SL_MASQUERADE_FILTER_ADDRESS) && has_sent_to());
  tell("filter", admitted_ ? "the mapping's filter lets it in" : "the mapping's filter does not let it in",
       told_.nat);
  return admitted_ ? SL_DROP_NONE : SL_DROP_FILTERED;
}

Passed Walk::judge_hidden() {
  if (to_host_) return SL_DROP_NONE;
  if (to_mapping_) return filter();
  const sl_masquerade* back = tables_.masquerade_between(zone_out_, zone_in_, family());
  if (!back || zone_in_ == zone_out_ || new_destination_) return SL_DROP_NONE;
  tell("hidden", fmt::format("zone {} is hidden from zone {}", names_.zone(zone_out_), names_.zone(zone_in_)),
       names_.object(back->object));
  return SL_DROP_INSIDE_ADDRESS;
}

}   // namespace sluice::detail
