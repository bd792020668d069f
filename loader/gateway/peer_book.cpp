// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/peer_book.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "kernel/sysctl/sysctl.hpp"
#include "model/network.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::system_clock;

void add(PeerCount& sum, const PeerCount& more) {
  sum.rx_bytes += more.rx_bytes;
  sum.tx_bytes += more.tx_bytes;
  sum.last_handshake = std::max(sum.last_handshake, more.last_handshake);
}

PeerCount count_of(const PeerState& state) { return {state.rx_bytes, state.tx_bytes, state.last_handshake}; }

// By the key of each peer. One that waits for its first packet has no addresses yet.
std::map<WireguardKey, std::string> owners_of(const Network& network, const Tunnel& tunnel) {
  std::map<Prefix, const std::string*> by_source;
  std::map<WireguardKey, std::string> owners;
  for (const NetworkEndpoint& endpoint : network.endpoints) {
    for (const Prefix& source : sources_of(endpoint)) by_source.emplace(source, &endpoint.name);
    if (endpoint.rotation) owners.emplace(endpoint.rotation->new_key, endpoint.name);
  }
  for (const auto& [key, peer] : tunnel.peers)
    for (const Prefix& source : peer.allowed)
      if (const auto at = by_source.find(source); at != by_source.end()) owners.emplace(key, *at->second);
  return owners;
}

json row_of(const std::pair<std::string, std::string>& name, const PeerCount& count) {
  json row = {{"network", name.first},
              {"endpoint", name.second},
              {"rx_bytes", count.rx_bytes},
              {"tx_bytes", count.tx_bytes}};
  if (count.last_handshake) row["last_handshake"] = system_clock::to_time_t(*count.last_handshake);
  return row;
}

PeerCount count_in(const json& row) {
  PeerCount count{row.at("rx_bytes"), row.at("tx_bytes"), std::nullopt};
  if (row.contains("last_handshake"))
    count.last_handshake = system_clock::from_time_t(row.at("last_handshake").get<int64_t>());
  return count;
}

// A machine that has started anew counts anew, as its rules do.
std::map<std::pair<std::string, std::string>, PeerCount> ended_in(const json& kept) {
  std::map<std::pair<std::string, std::string>, PeerCount> ended;
  if (kept.at("boot") != boot_id().value_or("")) return ended;
  for (const json& row : kept.at("ended")) ended[{row.at("network"), row.at("endpoint")}] = count_in(row);
  return ended;
}

}   // namespace

PeerBook::PeerBook(const std::filesystem::path& state) : file_(kFile, state) {
  (void)file_.read([this](const json& kept) { ended_ = ended_in(kept); });   // else they are counted anew
}

void PeerBook::end(const std::string& network, const Peer& peer) {
  add(ended_[{network, peer.endpoint}], peer.count);
  file_.note_change();
}

// A peer that has less than before is another one with the same key.
void PeerBook::note(const Network& network, const ObservedTunnel& tunnel) {
  Peers before = std::exchange(peers_[network.name], {}), &now = peers_[network.name];
  const auto owners = owners_of(network, tunnel.tunnel);
  for (const auto& [key, state] : tunnel.states) {
    const auto old = before.find(key);
    const auto owner = owners.find(key);
    if (owner == owners.end() && old == before.end()) continue;
    const Peer peer{owner == owners.end() ? old->second.endpoint : owner->second, count_of(state)};
    if (old != before.end()) {
      const PeerCount& last = old->second.count;
      if (last.rx_bytes > state.rx_bytes || last.tx_bytes > state.tx_bytes) end(network.name, old->second);
      before.erase(old);
    }
    now.emplace(key, peer);
  }
  for (const auto& [key, peer] : before) end(network.name, peer);
}

// A device that is there and did not tell is not one without peers.
void PeerBook::note(const Document& document, const Observed& seen) {
  for (const Network& network : document.networks) {
    const auto at = seen.tunnels.find(network.device);
    if (at != seen.tunnels.end())
      note(network, at->second);
    else if (!seen.links.contains(network.device))
      note(network, ObservedTunnel{});
  }
  forget_gone(document);
  keep();
}

void PeerBook::forget() {
  if (!ended_.empty()) file_.note_change();
  ended_.clear();
  peers_.clear();
}

void PeerBook::forget_gone(const Document& document) {
  std::set<Name> named;
  for (const Network& network : document.networks)
    for (const NetworkEndpoint& endpoint : network.endpoints) named.emplace(network.name, endpoint.name);
  if (std::erase_if(ended_, [&](const auto& one) { return !named.contains(one.first); })) file_.note_change();
  std::erase_if(peers_, [&](const auto& one) {
    return std::ranges::find(document.networks, one.first, &Network::name) == document.networks.end();
  });
}

PeerCount PeerBook::of(const std::string& network, const std::string& endpoint) const {
  PeerCount sum;
  if (const auto at = ended_.find({network, endpoint}); at != ended_.end()) sum = at->second;
  if (const auto at = peers_.find(network); at != peers_.end())
    for (const auto& [key, peer] : at->second)
      if (peer.endpoint == endpoint) add(sum, peer.count);
  return sum;
}

void PeerBook::keep() {
  if (file_.is_kept()) return;
  json rows = json::array();
  for (const auto& [name, count] : ended_) rows.push_back(row_of(name, count));
  const auto kept = file_.keep({{"boot", boot_id().value_or("")}, {"ended", std::move(rows)}});
  if (kept) return;
  spdlog::warn("{}", kept.error().message);
  file_.leave();
}

}   // namespace sluice
