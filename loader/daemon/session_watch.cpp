// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/session_watch.hpp"

#include "daemon/log.hpp"
#include "frr/router.hpp"
#include "show/cluster_event.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

// A process that begins anew has its sessions again sooner.
constexpr std::chrono::seconds kMissed{2};
constexpr std::string_view kEstablished = "established";

std::vector<RouterSession> sessions_of(const MovingAddresses& moving, const Routers& routers) {
  std::vector<RouterSession> sessions;
  const auto states = routers.neighbours_of(std::string(kRouterOfCluster));
  for (const ClusterNeighbour& neighbour : moving.neighbours) {
    if (!neighbour.own) continue;
    const auto at = states.find(neighbour.address.to_string());
    sessions.push_back({.neighbour = neighbour.address,
                        .asn = neighbour.asn,
                        .state = at == states.end() ? "idle" : at->second.state,
                        .is_lost = false});
  }
  return sessions;
}

}   // namespace

void SessionWatch::look(Gateway& gateway) {
  lost_.clear();
  std::vector<RouterSession>& sessions = gateway.cluster().sessions;
  sessions.clear();
  if (!gateway.current() || !gateway.current()->document.cluster) return forget();
  const Cluster& cluster = *gateway.current()->document.cluster;
  if (!cluster.addresses || cluster.addresses->neighbours.empty()) return forget();
  sessions = sessions_of(*cluster.addresses, gateway.routers());
  std::map<std::string, Known> known;
  for (RouterSession& session : sessions) {
    const std::string name = session.neighbour.to_string();
    Known& one = known[name] = known_[name];
    note(cluster, session, one);
    session.is_lost = one.was_there && !one.is_there && Clock::now() - one.since > kMissed;
    if (session.is_lost) lost_.push_back(name);
  }
  known_ = std::move(known);
}

void SessionWatch::note(const Cluster& cluster, const RouterSession& session, Known& known) {
  const bool is_there = session.state == kEstablished;
  if (is_there == known.is_there) return;
  known = {.was_there = known.was_there || is_there, .is_there = is_there, .since = Clock::now()};
  log_entries({entry_of(ClusterSessionTurn{cluster.name, cluster.node, session.neighbour.to_string(),
                                           session.asn, session.state},
                        std::chrono::system_clock::now())});
}

}   // namespace sluice
