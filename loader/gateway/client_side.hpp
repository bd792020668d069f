// SPDX-License-Identifier: GPL-2.0-or-later
// What an endpoint of the document in force is told: which address it calls, and which keys it needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/key_files.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "network/client_config.hpp"

namespace sluice {

// "vpn.example.org:51820": the network's own "endpoint", with its port where that says none. Where it has
// none: an address of the zone that the default route leads out of; IPv4 first. Of `seen` it looks at what
// observe_ways_out() sees.
Result<std::string> endpoint_to_call(const Network& network, const Document& document, const Observed& seen);

// Secret. The network is complete (network/allocate.hpp).
Result<ClientSide> client_side(const Network& network, const NetworkEndpoint& endpoint,
                               const Document& document, const Observed& seen, const KeyFiles& keys);

}   // namespace sluice
