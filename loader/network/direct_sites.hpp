// SPDX-License-Identifier: GPL-2.0-or-later
// Which sites of an l3vpn network meet without the gateway. Pure.
#pragma once

#include <chrono>
#include <vector>

#include "model/network.hpp"

namespace sluice {

// Those that the endpoint has as peers of its own, in the order of the document: one of each two can be
// called, and both take part now. None of a network whose sites meet at the hub.
std::vector<const NetworkEndpoint*> direct_sites(const Network& network, const NetworkEndpoint& endpoint,
                                                 std::chrono::system_clock::time_point now);

// How often it says something to a site, so that the NATs before it stay open; 0: never. Who cannot be called
// has to.
std::chrono::seconds keepalive_to_site(const NetworkEndpoint& endpoint);

// What is behind the others, the gateway included, and is reached through the gateway.
std::vector<Prefix> behind_the_hub(const Network& network, const NetworkEndpoint& endpoint,
                                   std::chrono::system_clock::time_point now);

}   // namespace sluice
