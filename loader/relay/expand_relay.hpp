// SPDX-License-Identifier: GPL-2.0-or-later
// What a relay means as an interface, a zone, policies, forwards, a masquerade and limits. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/document.hpp"
#include "network/expand.hpp"

namespace sluice {

// The document's relay is complete (relay/allocate_relay.hpp), and all else of the document is expanded.
// `private_key`: of the tunnel. What cannot be had now is answered, in sentences.
std::vector<std::string> expand_relay(Document& document, const WireguardKey& private_key, const WayOut& way);

// The tunnel: each client by its own addresses, and by nothing else.
Tunnel tunnel_of(const Relay& relay, const WireguardKey& private_key);

}   // namespace sluice
