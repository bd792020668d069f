// SPDX-License-Identifier: GPL-2.0-or-later
// What the gateway's WireGuard device of a network is told. Pure.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "model/network.hpp"
#include "model/tunnel.hpp"

namespace sluice {

// Shorter than the 30 seconds after which the NATs of homes forget a UDP flow.
constexpr std::chrono::seconds kKeepaliveThroughNat{25};

// The public keys of pairs that the gateway made, or the preshared keys that it holds.
using KeysByEndpoint = std::map<std::string, WireguardKey>;

// While keys are exchanged the old one; none: it is not known.
std::optional<WireguardKey> key_in_force(const NetworkEndpoint& endpoint, const KeysByEndpoint& keys);

// The device and those endpoints that are live and whose public key is known. A peer may have its own
// addresses and the networks behind it as inner sources, and nothing else. Of an endpoint whose key is being
// exchanged both keys are peers: the old one as before, the newest with no inner source at all.
Tunnel tunnel_of(const Network& network, const WireguardKey& private_key, const KeysByEndpoint& endpoint_keys,
                 const KeysByEndpoint& preshared, std::chrono::system_clock::time_point now);

}   // namespace sluice
