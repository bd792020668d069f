// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine/nft/flow_places.hpp"

#include "compile/nft/marks.hpp"

namespace sluice {
namespace {

Result<uint32_t> device_towards(const IpAddress& end, uint16_t zone, uint16_t vrf, RouteCache& routes) {
  if (zone == 0) return 0;
  const auto route = TRY(routes.find(end, vrf_mark(vrf)));
  return route && !route->local ? route->ifindex : 0;
}

}   // namespace

// Who answers is the real other end, also where the destination was translated.
Result<> find_interfaces(FlowState& flow, RouteCache& routes) {
  flow.ifindex_in = TRY(device_towards(flow.original.source, flow.zone_in, flow.vrf_in, routes));
  flow.ifindex_out = TRY(device_towards(flow.reply.source, flow.zone_out, flow.vrf_out, routes));
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

}   // namespace sluice
