// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/lead.hpp"

#include <utility>

#include "kernel/wireguard/wireguard.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

// WireGuard speaks when it is told to do so regularly, and was not before.
Result<> send_to(const std::string& device, const TunnelPeer& peer, const Endpoint& place) {
  TunnelPeer changed = peer;
  changed.dial = place;
  const auto tell = [&](seconds keepalive) -> Result<> {
    changed.keepalive = keepalive;
    TunnelChange change;
    change.changed.push_back(changed);
    return change_tunnel(device, change);
  };
  TRY(tell(seconds(0)));
  TRY(tell(peer.keepalive.count() ? peer.keepalive : seconds(1)));
  return peer.keepalive.count() ? Result<>() : tell(seconds(0));
}

// Where it is heard stays.
Result<> keep_open(const std::string& device, TunnelPeer peer) {
  peer.dial.reset();
  TunnelChange change;
  change.changed.push_back(std::move(peer));
  return change_tunnel(device, change);
}

bool has_other_keepalive(const TunnelPeer& wanted, const Tunnel& seen) {
  const auto there = seen.peers.find(wanted.public_key);
  return wanted.keepalive_by_nat && there != seen.peers.end() && there->second.keepalive != wanted.keepalive;
}

}   // namespace

Result<std::vector<PathNews>> lead_tunnel(const std::string& device, const Tunnel& tunnel,
                                          const std::vector<PathNews>& paths) {
  const auto seen = TRY(read_tunnel(device));
  std::vector<PathNews> led;
  if (!seen) return led;
  for (const PathNews& path : paths) {
    const auto peer = tunnel.peers.find(path.peer);
    const auto state = seen->states.find(path.peer);
    if (path.port != tunnel.port || !path.place || peer == tunnel.peers.end() ||
        state == seen->states.end() || state->second.endpoint == path.place)
      continue;
    TRY(send_to(device, peer->second, *path.place));
    led.push_back(path);
  }
  for (const auto& [key, peer] : tunnel.peers)
    if (has_other_keepalive(peer, seen->tunnel)) TRY(keep_open(device, peer));
  return led;
}

}   // namespace sluice
