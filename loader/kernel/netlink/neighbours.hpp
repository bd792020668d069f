// SPDX-License-Identifier: GPL-2.0-or-later
// Neighbours of the kernel: who changed, and how full their tables are.
#pragma once

#include <linux/netlink.h>

#include <map>
#include <string>
#include <utility>

#include "kernel/netlink/socket.hpp"
#include "kernel/probe.hpp"
#include "model/address.hpp"

namespace sluice {

// Tells neighbour messages that change where packets go from those that only change a timer. The kernel sends
// a message for each step between REACHABLE, STALE, DELAY and PROBE of each neighbour, many per second on a
// busy network. Only these matter: a link-layer address that is new or another one, and the end of one that
// was known. A neighbour that never answered was never a next hop, so a scan of empty addresses changes
// nothing.
class NeighbourCache {
 public:
  // Remembers, and says whether a next hop changed. RTM_NEWNEIGH or RTM_DELNEIGH; cut: no change.
  bool learn(const nlmsghdr& message);
  void clear() { known_.clear(); }
  size_t size() const { return known_.size(); }

  static constexpr size_t kMax =
      16384;   // then it starts afresh, which costs a needless report per neighbour

 private:
  using Key = std::pair<int, IpAddress>;   // device, address
  bool forget(const Key& key) { return known_.erase(key) > 0; }
  bool remember(const Key& key, std::string link_address);

  std::map<Key, std::string> known_;   // link-layer address in bytes; empty on devices without
};

// How full the kernel's tables of neighbours are. They are the machine's: all network namespaces share them.
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

// Whether the kernel has room for further neighbours. Who scans a network behind the gateway takes it. A
// warning from three quarters of gc_thresh3 on: the kernel throws out what it can from gc_thresh2, half of
// it.
ProbeRow judge_neighbours(const NeighbourTable& table);

}   // namespace sluice
