// SPDX-License-Identifier: GPL-2.0-or-later
// That addresses of a cluster came or went, as a log entry. Pure.
#pragma once

#include <chrono>
#include <string>

#include "show/event_text.hpp"

namespace sluice {

struct ClusterTurn {
  std::string cluster, node;
  bool is_active = false;   // from now on; standing by otherwise
  std::string why;
};

EventEntry entry_of(const ClusterTurn& turn, std::chrono::system_clock::time_point time);

}   // namespace sluice
