// SPDX-License-Identifier: GPL-2.0-or-later
// What a network that carries frames means besides its tunnel: a bridge, the ends of tunnels in it, and who
// may send outer packets of frames. Pure.
#pragma once

#include <vector>

#include "model/document.hpp"

namespace sluice {

// Those that take part now.
using LiveEndpoints = std::vector<const NetworkEndpoint*>;

// The bridge is in the network's VRF, and has no address: nothing is routed into it or out of it. Its zone is
// its own, by the name of the device, and closed. Its members have no zone.
void add_bridge(const Network& network, const LiveEndpoints& live, Document& document);

// From each endpoint to the port of its own VXLANs, or by GRE, and from nobody else; and back. They come
// before all others.
std::vector<Policy> frame_policies(const Network& network, const LiveEndpoints& live,
                                   const Document& document);

// What an endpoint with a maximum may send and be sent. All its outer packets are one flow, which either side
// may have begun.
std::vector<Limit> frame_limits(const Network& network, const NetworkEndpoint& endpoint);

}   // namespace sluice
