// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain/kernel_routes.hpp"

#include <algorithm>

#include "compile/nft/marks.hpp"
#include "model/routing.hpp"

namespace sluice {

// The longest of sluice's own routes in that table: what throws is laid by nobody else.
bool KernelRoutes::throws(uint32_t table, const IpAddress& destination) const {
  const RouteRow* best = nullptr;
  for (const RouteRow& route : observed_.routing.routes)
    if (route.table == table && route.to.address.family() == destination.family() &&
        route.to.contains(destination) && (!best || route.to.length >= best->to.length))
      if (!best || route.to.length > best->to.length || route.kind == RouteKind::kThrow) best = &route;
  return best && best->kind == RouteKind::kThrow;
}

// The main VRF may have more tables than one, by rules of others: all that are no VRF's.
bool KernelRoutes::is_of(uint16_t vrf, uint32_t table) const {
  if (vrf != SL_MAIN_VRF) return table == vrf;
  return table == kTableMain || std::ranges::none_of(observed_.routing.routes, [&](const RouteRow& route) {
           return route.table == table;
         });
}

// The mark leads to the VRF's table, and what that throws to another one's, which is no answer of this VRF.
Result<RouteAnswer> KernelRoutes::find(uint16_t vrf, const IpAddress& destination) {
  const auto route = TRY(look_up_route(rtnl_, destination, vrf_mark(vrf)));
  if (!route || !is_of(vrf, route->table))
    return RouteAnswer{.way = std::nullopt,
                       .has_no_answer = throws(vrf == SL_MAIN_VRF ? kTableMain : vrf, destination)};
  if (route->local) return RouteAnswer{.way = std::nullopt, .has_no_answer = true};
  return RouteAnswer{.way = Way{route->ifindex, route->via, route->mtu}};
}

}   // namespace sluice
