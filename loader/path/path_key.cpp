// SPDX-License-Identifier: GPL-2.0-or-later
#include "path/path_key.hpp"

#include <sodium.h>

#include <string_view>

namespace sluice {
namespace {

using Shared = std::array<uint8_t, crypto_scalarmult_BYTES>;

template <size_t N>
void derive(std::array<uint8_t, N>& made, const Shared& shared, std::string_view use) {
  crypto_generichash(made.data(), made.size(), reinterpret_cast<const uint8_t*>(use.data()), use.size(),
                     shared.data(), shared.size());
}

}   // namespace

std::optional<PathKey> path_key(const WireguardKey& private_key, const WireguardKey& peer) {
  Shared shared{};
  if (crypto_scalarmult(shared.data(), private_key.data(), peer.data()) != 0) return std::nullopt;
  PathKey key;
  derive(key.secret, shared, "sluice path 1: proof");
  derive(key.tag, shared, "sluice path 1: tag");
  sodium_memzero(shared.data(), shared.size());
  return key;
}

PathOrder path_order_to(const TunnelPeer& peer, uint16_t port, const PathKey& key) {
  PathOrder order{
      .port = port, .peer = peer.public_key, .key = key, .dial = peer.dial, .relays = {}, .behind = {}};
  for (const Prefix& prefix : peer.allowed)
    if (prefix.length != 0) order.behind.push_back(prefix);
  return order;
}

}   // namespace sluice
