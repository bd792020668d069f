// SPDX-License-Identifier: GPL-2.0-or-later
// Where the gateway's own routes lead, one address at a time.
#pragma once

#include <map>
#include <optional>

#include "kernel/netlink/rtnl_socket.hpp"
#include "model/address.hpp"

namespace sluice {

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
