// SPDX-License-Identifier: GPL-2.0-or-later
// Tunnels for tests: keys by number, peers with a prefix each.
#pragma once

#include <string_view>

#include "../support/parsed.hpp"
#include "model/tunnel.hpp"

namespace sluice::test {

inline Prefix prefix(std::string_view text) { return Prefix::parse(text).value(); }
inline Endpoint endpoint(std::string_view text) { return parse_endpoint(text).value(); }

// Not a point of the curve, but to a device a public key like others.
inline WireguardKey key(uint32_t number) {
  WireguardKey made{9};
  for (size_t i = 0; i < sizeof(number); ++i) made[i + 1] = static_cast<uint8_t>(number >> (8 * i));
  return made;
}

inline TunnelPeer peer(uint32_t number, std::set<Prefix> allowed) {
  TunnelPeer made{.public_key = key(number)};
  made.allowed = std::move(allowed);
  return made;
}

// 10.0.0.0 and on, one address each.
inline std::set<Prefix> addresses(uint32_t first, uint32_t count) {
  std::set<Prefix> prefixes;
  for (uint32_t i = first; i < first + count; ++i)
    prefixes.insert({IpAddress::from_ipv4(0x0a000000 + i), 32});
  return prefixes;
}

// Its peers have an address of the inside each, and every tenth a preshared key, a place and a keepalive.
inline Tunnel tunnel_of(uint32_t peers) {
  Tunnel tunnel{.port = 51820, .mark = 7};
  tunnel.private_key = WireguardKey{8, 1};
  tunnel.private_key[31] = 64;   // as RFC 7748 has them
  for (uint32_t i = 0; i < peers; ++i) {
    TunnelPeer made = peer(i, addresses(i, 1));
    if (i % 10 == 0) {
      made.preshared = key(i + 100000);
      made.dial = endpoint("192.0.2.1:51820");
      made.keepalive = std::chrono::seconds(25);
    }
    tunnel.peers.emplace(made.public_key, std::move(made));
  }
  return tunnel;
}

// As it is read back: where peers are is no setting.
inline Tunnel without_places(Tunnel tunnel) {
  for (auto& [key, peer] : tunnel.peers) peer.dial.reset();
  return tunnel;
}

}   // namespace sluice::test
