// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/cluster_event.hpp"

#include <fmt/format.h>
#include <syslog.h>

#include "base/text.hpp"

namespace sluice {
namespace {

constexpr std::string_view kActiveId = "e77ccf2551984b7d986d4c8c47b13944";
constexpr std::string_view kStandbyId = "2d9447a5e64144698a438bfd18efafed";

constexpr std::string_view kSessionUpId = "0c61716d5f364d32b7b2103f383b30be";
constexpr std::string_view kSessionDownId = "771d371f5814461eaf093eacb6040d5c";

}   // namespace

EventEntry entry_of(const ClusterSessionTurn& turn, std::chrono::system_clock::time_point time) {
  const bool is_there = turn.state == "established";
  return {is_there ? LOG_NOTICE : LOG_WARNING,
          is_there ? kSessionUpId : kSessionDownId,
          fmt::format("node \"{}\" of cluster \"{}\" {} the router {} (AS {})", turn.node, turn.cluster,
                      is_there ? "speaks BGP with" : "has no session with", turn.neighbour, turn.asn),
          {{"time", rfc3339_milliseconds(time)},
           {"event", is_there ? "cluster-neighbor-up" : "cluster-neighbor-down"},
           {"cluster", turn.cluster},
           {"node", turn.node},
           {"neighbor", turn.neighbour},
           {"asn", turn.asn},
           {"state", turn.state}}};
}

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
