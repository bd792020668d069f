// SPDX-License-Identifier: GPL-2.0-or-later
// Tells neighbour messages that change where packets go from those that only change a timer.
#pragma once

#include <linux/netlink.h>

#include <map>
#include <string>
#include <utility>

#include "model/address.hpp"

namespace sluice {

// The kernel sends a message for each step between REACHABLE, STALE, DELAY and PROBE of each neighbour,
// many per second on a busy network. Only these matter: a link-layer address that is new or another one,
// and the end of one that was known. A neighbour that never answered was never a next hop, so a scan of
// empty addresses changes nothing.
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

}   // namespace sluice
