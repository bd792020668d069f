// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/nft/flow_places.hpp"

#include "compile/nft/marks.hpp"
#include "maps/interface.h"
#include "maps/layout.h"

namespace sluice {
namespace {

// Sets the zone as well, where the end is the gateway.
Result<uint32_t> device_towards(const IpAddress& end, uint16_t& zone, uint16_t vrf, RouteCache& routes) {
  if (zone == 0) return 0;
  const auto route = TRY(routes.find(end, vrf_mark(vrf)));
  const bool is_local = route && route->local;
  if (is_local && zone == kUnknownZone) zone = 0;
  return route && !is_local ? route->ifindex : 0;
}

// What no rule leads elsewhere stays where it came in, unless that VRF leaves the destination to another one.
Result<uint16_t> vrf_by_routes(const FlowState& flow, const Judge& judge, RouteCache& routes) {
  const auto next = judge.tables().vrf_through(flow.vrf_in, flow.reply.source);
  if (!next) return flow.vrf_in;
  const auto route = TRY(routes.find(flow.reply.source, vrf_mark(flow.vrf_in)));
  const sl_interface* device = route ? judge.tables().interface(route->ifindex) : nullptr;
  const bool is_own = route && (route->local || (device && device->vrf == flow.vrf_in));
  return is_own ? flow.vrf_in : *next;
}

Result<uint16_t> vrf_of_first_packet(const FlowState& flow, const Judge& judge, RouteCache& routes) {
  FlowEnds ends = ends_of(flow);
  ends.in_any_vrf = true;
  const NatTarget target = judge.target_of(ends);
  if (target.is_new()) return target.vrf;
  return vrf_by_routes(flow, judge, routes);
}

// As compile/nft/check_source.cpp asks. `behind`: where the way back leads; null: nowhere.
bool believes(const sl_interface& in, const sl_interface* behind) {
  if (in.anti_spoofing == SL_ANY_SOURCE) return true;
  return behind && in.anti_spoofing == SL_LOOSE_SOURCE && in.vrf == behind->vrf &&
         (behind->flags & SL_IF_UPLINK);
}

}   // namespace

// Who answers is the real other end, also where the destination was translated.
Result<> find_interfaces(FlowState& flow, RouteCache& routes) {
  flow.ifindex_in = TRY(device_towards(flow.original.source, flow.zone_in, flow.vrf_in, routes));
  flow.ifindex_out = TRY(device_towards(flow.reply.source, flow.zone_out, flow.vrf_out, routes));
  return {};
}

Result<> find_ends(FlowState& flow, const Judge& judge, RouteCache& routes) {
  if (flow.zone_out == kUnknownZone) flow.vrf_out = TRY(vrf_of_first_packet(flow, judge, routes));
  return find_interfaces(flow, routes);
}

Result<> find_ends_again(FlowState& flow, const Judge& judge, RouteCache& routes) {
  TRY(find_ends(flow, judge, routes));
  const sl_interface* behind = judge.tables().interface(flow.ifindex_in);
  if (flow.zone_in == 0 || (behind && behind->zone == flow.zone_in)) return {};
  if (judge.tables().local(flow.vrf_in, flow.original.source))
    return {};   // the gateway's own is believed nowhere
  for (const auto& [index, row] : judge.tables().rules().interfaces)
    if (row.zone == flow.zone_in && believes(row, behind)) flow.ifindex_in = index;
  return {};
}

void keep_to_zone(FlowState& flow, const NumberedRules& rules) {
  uint32_t only = 0, devices = 0;
  for (const auto& [index, row] : rules.interfaces) {
    if (row.zone != flow.zone_in) continue;
    if (index == flow.ifindex_in) return;
    only = index;
    ++devices;
  }
  if (devices > 0) flow.ifindex_in = devices == 1 ? only : 0;
}

void place(FlowState& flow, const NumberedRules& rules) {
  const auto zone_of = [&](uint32_t index, uint16_t vrf, uint16_t known) {
    for (const auto& [own, row] : rules.interfaces)
      if (own == index) return row.vrf == vrf ? row.zone : kUnknownZone;
    return index == 0 && known == 0 ? uint16_t{0} : kUnknownZone;
  };
  flow.zone_in = zone_of(flow.ifindex_in, flow.vrf_in, flow.zone_in);
  flow.zone_out = zone_of(flow.ifindex_out, flow.vrf_out, flow.zone_out);
}

FlowEnds ends_of(const FlowState& flow) {
  const FlowDirection &there = flow.original, &back = flow.reply;
  return {.packet = {.protocol = flow.protocol,
                     .source = {there.source, there.source_port},
                     .destination = {there.destination, there.destination_port},
                     .zone_in = flow.zone_in,
                     .vrf_in = flow.vrf_in},
          .answers_from = {back.source, back.source_port},
          .answers_to = {back.destination, back.destination_port},
          .zone_out = flow.zone_out,
          .vrf_out = flow.vrf_out,
          .ifindex_out = flow.ifindex_out,
          .is_closing = flow.phase == FlowPhase::kClosing};
}

bool is_to_many(const FlowState& flow) {
  return flow.original.destination.is_multicast() ||
         flow.original.destination == IpAddress::from_ipv4(0xffffffff);
}

}   // namespace sluice
