// SPDX-License-Identifier: GPL-2.0-or-later
// What an endpoint of a network is told: a configuration that stock wg-quick(8) and WireGuard's apps take.
// Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "model/network.hpp"
#include "model/tunnel.hpp"
#include "network/tunnel_of.hpp"

namespace sluice {

// What the document does not say of it.
struct ClientSide {
  WireguardKey gateway_key{};                  // public
  std::string endpoint;                        // "vpn.example.org:51820"; empty: only the gateway calls
  std::optional<WireguardKey> private_key;     // none: the client keeps it
  std::optional<WireguardKey> preshared_key;   // none: the network does without
  std::vector<Prefix> resources;               // of a remote-resource or l3vpn network, sets resolved
  KeysByEndpoint site_keys;                    // public, of pairs that the gateway made; for sites that meet
  std::chrono::system_clock::time_point now{};
  bool is_kept = false;   // the text goes into the history (versions.hpp): where secrets were it says so
};

// The text of the file. What the network allocates must be there. It may hold keys: it belongs to the
// endpoint alone.
//
// The endpoint sends into the tunnel what it has an address's family for: of a secure-internet network
// everything, of a remote-resource network its resources, and the other endpoints where they may talk; of an
// l3vpn network the subnets, what is behind the other sites, also those that take no part now, and the
// resources; of an l2 network the gateway's own address, because frames are in outer packets between the two
// (client_bridge.hpp). Sites that meet directly are peers of their own. IPv4 goes into the tunnel of a
// secure-internet network in any case.
std::string client_config(const Network& network, const NetworkEndpoint& endpoint, const ClientSide& side);

}   // namespace sluice
