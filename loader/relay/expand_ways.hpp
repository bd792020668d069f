// SPDX-License-Identifier: GPL-2.0-or-later
// What the relays of a gateway mean for it: a tunnel to each, and who may come through it. Pure.
#pragma once

#include <map>
#include <string>

#include "model/document.hpp"
#include "network/expand.hpp"
#include "relay/relay_file.hpp"

namespace sluice {

using RelayFiles = std::map<std::string, RelayFile>;   // by the names of relays

// The addresses of both ends, by family: the shortest prefix that has the two.
std::vector<Prefix> links_of(const RelayFile& file);

// The largest packet in the tunnel to a relay, bytes. `way_out`: the MTU of the way to it.
uint32_t mtu_of_way(const RelayFile& file, uint32_t way_out);

// All else of the document is expanded; relays without a file are left out. `private_key`: of all tunnels.
void expand_ways(Document& document, const RelayFiles& files, const WireguardKey& private_key,
                 const WayOut& way);

}   // namespace sluice
