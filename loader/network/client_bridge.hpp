// SPDX-License-Identifier: GPL-2.0-or-later
// The client's side of a network that carries frames. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/network.hpp"

namespace sluice {

// Lines of the configuration's [Interface] that make the client's bridge and its end of the tunnels, by ip(8)
// and bridge(8) alone, and take them away. wg-quick(8) runs them as root in a shell: they have names and
// numbers of the network in them, and no other text.
std::vector<std::string> bridge_lines(const Network& network, const NetworkEndpoint& endpoint);

}   // namespace sluice
