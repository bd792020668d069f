// SPDX-License-Identifier: GPL-2.0-or-later
// What an endpoint of the document in force is told: which address it calls, and which keys it needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/key_files.hpp"
#include "kernel/netlink/socket.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"
#include "network/client_config.hpp"

namespace sluice {

// No more of the machine than endpoint_to_call() looks at.
Result<Observed> observe_ways_out(RtnlSocket& rtnl);

// "vpn.example.org:51820": the network's own "endpoint", with its port where that says none. Where it has
// none: an address of the zone that the default route leads out of; IPv4 first.
Result<std::string> endpoint_to_call(const Network& network, const Document& document, const Observed& seen);

// The network with the MTU that its device has in the document in force (network/expand.hpp): clients are
// told it.
Network with_mtu(const Network& network, const Document& document);

// What a remote-resource network is for, sets resolved.
std::vector<Prefix> resource_prefixes(const Network& network, const Document& document);

// Secret. The network is complete (network/allocate.hpp).
Result<ClientSide> client_side(const Network& network, const NetworkEndpoint& endpoint,
                               const Document& document, const Observed& seen, const KeyFiles& keys);

}   // namespace sluice
