// SPDX-License-Identifier: GPL-2.0-or-later
// Routes that sluice lays, known by their protocol number. Routes of others are neither listed nor touched.
#pragma once

#include <vector>

#include "kernel/netlink/rtnl_socket.hpp"
#include "plan/routing_rows.hpp"

namespace sluice {

Result<std::set<RouteRow>> list_own_routes(RtnlSocket& rtnl);
// What is there already, or gone already, is success.
Result<> add_route(RtnlSocket& rtnl, const RouteRow& route);
Result<> remove_route(RtnlSocket& rtnl, const RouteRow& route);

// Pure parts.
NlRequest own_routes_request(Family family);
NlRequest add_route_request(const RouteRow& route);
NlRequest remove_route_request(const RouteRow& route);
std::optional<RouteRow> parse_own_route(
    const nlmsghdr& message);   // nullopt: another's, something else or cut

}   // namespace sluice
