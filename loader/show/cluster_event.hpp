// SPDX-License-Identifier: GPL-2.0-or-later
// That addresses of a cluster came or went, as a log entry. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "show/event_text.hpp"

namespace sluice {

struct ClusterTurn {
  std::string cluster, node;
  bool is_active = false;   // from now on; standing by otherwise
  std::string why;
};

// A session of BGP with a router around the cluster.
struct ClusterSessionTurn {
  std::string cluster, node, neighbour;
  uint32_t asn = 0;
  std::string state;   // "established"; otherwise it has ended
};

EventEntry entry_of(const ClusterSessionTurn& turn, std::chrono::system_clock::time_point time);
EventEntry entry_of(const ClusterTurn& turn, std::chrono::system_clock::time_point time);

}   // namespace sluice
