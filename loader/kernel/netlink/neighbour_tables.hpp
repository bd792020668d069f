// SPDX-License-Identifier: GPL-2.0-or-later
// How full the kernel's tables of neighbours are. They are the machine's: all network namespaces share them.
#pragma once

#include <linux/netlink.h>

#include "kernel/netlink/rtnl_socket.hpp"
#include "model/address.hpp"

namespace sluice {

struct NeighbourTable {
  Family family = Family::kIpv4;
  uint32_t entries = 0;
  uint32_t most = 0;   // gc_thresh3: beyond it there are no new neighbours
  bool operator==(const NeighbourTable&) const = default;
};

// Those of IPv4 and IPv6.
Result<std::vector<NeighbourTable>> list_neighbour_tables(RtnlSocket& rtnl);

// Pure parts.
NlRequest neighbour_tables_request();
// nullopt: timers of one device, another protocol's, or cut.
std::optional<NeighbourTable> parse_neighbour_table(const nlmsghdr& message);

}   // namespace sluice
