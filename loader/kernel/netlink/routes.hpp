// SPDX-License-Identifier: GPL-2.0-or-later
// Routes that sluice lays, known by their protocol number. Routes of others are not touched, and nothing is
// asked about them but by which interfaces they lead everywhere.
#pragma once

#include <set>
#include <vector>

#include "kernel/netlink/rtnl_socket.hpp"
#include "model/routing.hpp"

namespace sluice {

Result<std::set<RouteRow>> list_own_routes(RtnlSocket& rtnl);
// The numbers of the interfaces that a default route leads out of, in any table. So wide a network counts as
// one that half of them, or all that is allocated of IPv6, are everything.
Result<std::set<uint32_t>> list_default_ways(RtnlSocket& rtnl);
// What is there already, or gone already, is success.
Result<> add_route(RtnlSocket& rtnl, const RouteRow& route);
Result<> remove_route(RtnlSocket& rtnl, const RouteRow& route);

// Pure parts.
std::optional<std::vector<uint32_t>> parse_default_ways(
    const nlmsghdr& message);   // of one that came or went; nullopt: it is none
NlRequest own_routes_request(Family family);
NlRequest add_route_request(const RouteRow& route);
NlRequest remove_route_request(const RouteRow& route);
std::optional<RouteRow> parse_own_route(
    const nlmsghdr& message);   // nullopt: another's, something else or cut

}   // namespace sluice
