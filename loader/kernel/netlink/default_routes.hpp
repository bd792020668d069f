// SPDX-License-Identifier: GPL-2.0-or-later
// By whom the routes lead that everything else takes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/netlink/socket.hpp"
#include "model/address.hpp"

namespace sluice {

// One way of a default route, in any table.
struct DefaultWay {
  Family family = Family::kIpv4;
  uint32_t ifindex = 0;
  std::optional<IpAddress> via;   // the next hop; none: everything is on the link
  uint32_t metric = 0;            // the lowest is taken
  bool operator==(const DefaultWay&) const = default;
};

Result<std::vector<DefaultWay>> list_default_next_hops(RtnlSocket& rtnl);
// The router of this family behind a device.
std::optional<IpAddress> router_behind(const std::vector<DefaultWay>& ways, Family family, uint32_t ifindex);

// Pure: of one that came; nullopt: it is none.
std::optional<std::vector<DefaultWay>> parse_default_next_hops(const nlmsghdr& message);

}   // namespace sluice
