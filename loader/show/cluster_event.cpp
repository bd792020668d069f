// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/cluster_event.hpp"

#include <fmt/format.h>
#include <syslog.h>

#include "base/text.hpp"

namespace sluice {
namespace {

constexpr std::string_view kActiveId = "e77ccf2551984b7d986d4c8c47b13944";
constexpr std::string_view kStandbyId = "2d9447a5e64144698a438bfd18efafed";

}   // namespace

EventEntry entry_of(const ClusterTurn& turn, std::chrono::system_clock::time_point time) {
  return {LOG_NOTICE,
          turn.is_active ? kActiveId : kStandbyId,
          fmt::format("node \"{}\" of cluster \"{}\" {}: {}", turn.node, turn.cluster,
                      turn.is_active ? "is active" : "stands by", turn.why),
          {{"time", rfc3339_milliseconds(time)},
           {"event", turn.is_active ? "cluster-active" : "cluster-standby"},
           {"cluster", turn.cluster},
           {"node", turn.node},
           {"why", turn.why}}};
}

}   // namespace sluice
