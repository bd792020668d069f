// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/tunnel_of.hpp"

#include <vector>

namespace sluice {
namespace {

std::optional<WireguardKey> key_of(const KeysByEndpoint& keys, const std::string& endpoint) {
  const auto at = keys.find(endpoint);
  return at == keys.end() ? std::nullopt : std::optional(at->second);
}

// Who calls keeps the NATs on the way open; who is called need not.
std::chrono::seconds keepalive_of(const NetworkEndpoint& endpoint) {
  if (endpoint.keepalive.count() > 0 || !endpoint.dial) return endpoint.keepalive;
  return kKeepaliveThroughNat;
}

TunnelPeer peer_of(const NetworkEndpoint& endpoint, const WireguardKey& public_key,
                   const KeysByEndpoint& preshared) {
  const std::vector<Prefix> sources = sources_of(endpoint);
  return {.public_key = public_key,
          .preshared = key_of(preshared, endpoint.name),
          .dial = endpoint.dial,
          .keepalive = keepalive_of(endpoint),
          .keepalive_by_nat = endpoint.keepalive.count() == 0 && endpoint.dial,
          .allowed = {sources.begin(), sources.end()}};
}

// It can be heard, and has nothing to say yet: a prefix is of one peer alone.
TunnelPeer successor_of(TunnelPeer peer, const WireguardKey& public_key) {
  peer.public_key = public_key;
  peer.allowed.clear();
  return peer;
}

}   // namespace

std::optional<WireguardKey> key_in_force(const NetworkEndpoint& endpoint, const KeysByEndpoint& keys) {
  if (endpoint.rotation) return endpoint.rotation->old_key;
  return endpoint.public_key ? endpoint.public_key : key_of(keys, endpoint.name);
}

Tunnel tunnel_of(const Network& network, const WireguardKey& private_key, const KeysByEndpoint& endpoint_keys,
                 const KeysByEndpoint& preshared, std::chrono::system_clock::time_point now) {
  Tunnel tunnel{.private_key = private_key, .port = network.port.value_or(0)};
  std::vector<TunnelPeer> successors;
  for (const NetworkEndpoint& endpoint : network.endpoints) {
    const auto key = key_in_force(endpoint, endpoint_keys);
    if (!key || !is_live(endpoint, now)) continue;
    const TunnelPeer peer = peer_of(endpoint, *key, preshared);
    if (endpoint.rotation) successors.push_back(successor_of(peer, endpoint.rotation->new_key));
    tunnel.peers.try_emplace(*key, peer);
  }
  for (TunnelPeer& peer : successors) tunnel.peers.try_emplace(peer.public_key, peer);
  return tunnel;
}

}   // namespace sluice
