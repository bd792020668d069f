// SPDX-License-Identifier: GPL-2.0-or-later
// Routes that sluice lays, known by their protocol number. Routes of others are not touched. Of them it is
// asked by which interfaces they lead everywhere, and what of the main table is taken.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "kernel/netlink/socket.hpp"
#include "model/address.hpp"
#include "model/routing.hpp"

namespace sluice {

Result<std::set<RouteRow>> list_own_routes(RtnlSocket& rtnl);
// The numbers of the interfaces that a default route leads out of, in any table. So wide a network counts as
// one that half of them, or all that is allocated of IPv6, are everything.
Result<std::set<uint32_t>> list_default_ways(RtnlSocket& rtnl);
// The main table without the routes that sluice laid and without default routes. One that drops what it leads
// to is kUnreachable, whatever it answers; one with several next hops has neither device nor next hop here.
Result<std::vector<RouteRow>> list_main_routes(RtnlSocket& rtnl);
// What is there already, or gone already, is success.
Result<> add_route(RtnlSocket& rtnl, const RouteRow& route);
Result<> remove_route(RtnlSocket& rtnl, const RouteRow& route);

// Pure parts.
std::optional<std::vector<uint32_t>> parse_default_ways(
    const nlmsghdr& message);   // of one that came or went; nullopt: it is none
std::optional<RouteRow> parse_main_route(const nlmsghdr& message);   // nullopt: none of list_main_routes()
NlRequest own_routes_request(Family family);
NlRequest add_route_request(const RouteRow& route);
NlRequest remove_route_request(const RouteRow& route);
std::optional<RouteRow> parse_own_route(
    const nlmsghdr& message);   // nullopt: another's, something else or cut

// Where the gateway's own routes lead, one address at a time.
struct Route {
  uint32_t ifindex = 0;                          // where it leaves; of a local address: the loopback device
  bool local = false;                            // the gateway's own address
  uint32_t table = 0;                            // that answered; 0: the kernel does not say
  std::optional<IpAddress> via = std::nullopt;   // the next hop; none: on the link
  uint32_t mtu = 0;                              // of the route; 0: as its device has it
  bool operator==(const Route&) const = default;
};

// `mark`: of the packet, by which rules choose a table. nullopt: no route leads there.
Result<std::optional<Route>> look_up_route(RtnlSocket& rtnl, const IpAddress& destination, uint32_t mark = 0);

// The answers of one pass over many flows, whose ends are few. Routes that change meanwhile are not noticed:
// it is made anew for each pass.
class RouteCache {
 public:
  explicit RouteCache(RtnlSocket& rtnl) : rtnl_(rtnl) {}
  Result<std::optional<Route>> find(const IpAddress& destination, uint32_t mark = 0);

 private:
  RtnlSocket& rtnl_;
  std::map<std::pair<IpAddress, uint32_t>, std::optional<Route>> known_;
};

// Pure parts.
NlRequest route_request(const IpAddress& destination, uint32_t mark = 0);
std::optional<Route> parse_route(const nlmsghdr& message);   // RTM_NEWROUTE; nullopt: something else or cut

}   // namespace sluice
