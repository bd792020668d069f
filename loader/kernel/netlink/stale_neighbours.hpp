// SPDX-License-Identifier: GPL-2.0-or-later
// Neighbours that nobody has confirmed for a while (NUD_STALE, RFC 4861 section 7.3.2). The kernel asks such
// a one as soon as it is used. It does not see that BPF programs use it (bpf_fib_lookup()): it would be
// believed for ever, also where its address is another machine's by now.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "kernel/netlink/socket.hpp"
#include "model/address.hpp"

namespace sluice {

struct StaleNeighbour {
  uint32_t index = 0;   // of its device
  IpAddress address;
  uint32_t age = 0;   // since it was confirmed, in hundredths of a second
  bool operator==(const StaleNeighbour&) const = default;
};

Result<std::vector<StaleNeighbour>> list_stale_neighbours(RtnlSocket& rtnl);

// The kernel asks it: what was used just now is confirmed within nine seconds, or gone. One that is gone is
// success.
Result<> use_neighbour(RtnlSocket& rtnl, const StaleNeighbour& neighbour);

// Pure parts.
NlRequest use_neighbour_request(const StaleNeighbour& neighbour);
// RTM_NEWNEIGH; nullopt: it is not stale, no next hop, or cut.
std::optional<StaleNeighbour> parse_stale_neighbour(const nlmsghdr& message);
// Of each device that is wanted the oldest, so that each has its turn and no device takes that of others.
std::vector<StaleNeighbour> oldest_of_each(std::vector<StaleNeighbour> neighbours, size_t most,
                                           const std::function<bool(uint32_t index)>& is_wanted);

}   // namespace sluice
