// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/sync_state.hpp"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kInStep{5000};

}   // namespace

std::optional<milliseconds> behind(const SyncFacts::Peer& peer) {
  if (!peer.has) return std::nullopt;
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - *peer.has);
}

std::string_view sync_state(const SyncFacts& facts, const SyncFacts::Peer& peer) {
  if (!facts.sends) return peer.is_there ? "heard" : "silent";
  if (!peer.is_there) return "away";
  const auto late = behind(peer);
  return late && *late <= kInStep ? "in-step" : "catching-up";
}

nlohmann::json router_rows(const ClusterFacts& facts) {
  using nlohmann::json;
  if (facts.sessions.empty()) return nullptr;
  json sessions = json::array();
  for (const RouterSession& session : facts.sessions)
    sessions.push_back(
        {{"address", session.neighbour.to_string()}, {"asn", session.asn}, {"state", session.state}});
  return {{"metric", facts.metric}, {"sessions", std::move(sessions)}};
}

nlohmann::json sync_rows(const SyncFacts& facts) {
  using nlohmann::json;
  if (!facts.is_on) return nullptr;
  json peers = json::array();
  for (const SyncFacts::Peer& peer : facts.peers) {
    const auto late = facts.sends ? behind(peer) : std::nullopt;
    peers.push_back({{"node", peer.node.empty() ? json() : json(peer.node)},
                     {"address", peer.address.to_string()},
                     {"state", sync_state(facts, peer)},
                     {"behind_ms", late ? json(late->count()) : json()},
                     {"trouble", peer.trouble.empty() ? json() : json(peer.trouble)}});
  }
  return {{"sends", facts.sends},
          {"flows", facts.flows},
          {"left", facts.left},
          {"why_left", facts.why_left.empty() ? json() : json(facts.why_left)},
          {"peers", std::move(peers)}};
}

}   // namespace sluice
