// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain/kernel_routes.hpp"

#include "compile/nft/marks.hpp"

namespace sluice {

// The longest of sluice's own routes in that table: what throws is laid by nobody else.
bool KernelRoutes::throws(uint16_t vrf, const IpAddress& destination) const {
  const RouteRow* best = nullptr;
  for (const RouteRow& route : observed_.routing.routes)
    if (route.table == vrf && route.to.address.family() == destination.family() &&
        route.to.contains(destination) && (!best || route.to.length >= best->to.length))
      if (!best || route.to.length > best->to.length || route.kind == RouteKind::kThrow) best = &route;
  return best && best->kind == RouteKind::kThrow;
}

// The mark leads to the VRF's table, and what that throws to another one's, which is no answer of this VRF.
Result<RouteAnswer> KernelRoutes::find(uint16_t vrf, const IpAddress& destination) {
  const auto route = TRY(look_up_route(rtnl_, destination, vrf_mark(vrf)));
  const bool own = vrf == SL_MAIN_VRF || (route && route->table == vrf);
  if (!route || !own) return RouteAnswer{.way = std::nullopt, .has_no_answer = throws(vrf, destination)};
  if (route->local) return RouteAnswer{.way = std::nullopt, .has_no_answer = true};
  return RouteAnswer{.way = Way{route->ifindex, route->via, route->mtu}};
}

}   // namespace sluice
