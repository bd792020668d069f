// SPDX-License-Identifier: GPL-2.0-or-later
// What two gateways that have a tunnel know, and nobody else: by X25519 of the tunnel's own keys. Pure; the
// algorithms are libsodium's.
#pragma once

#include <optional>

#include "model/path.hpp"

namespace sluice {

// Nothing: the peer's key is none that anybody has (RFC 7748 section 6.1).
std::optional<PathKey> path_key(const WireguardKey& private_key, const WireguardKey& peer);

// Of a tunnel with this port; without what decides between two that call.
PathOrder path_order_to(const TunnelPeer& peer, uint16_t port, const PathKey& key);

}   // namespace sluice
