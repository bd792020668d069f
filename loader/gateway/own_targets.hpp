// SPDX-License-Identifier: GPL-2.0-or-later
// Forwards and services that lead to the gateway itself. What came in for an address of the gateway is led on
// to somebody else: it does not come in a second time. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/candidate.hpp"
#include "model/observed.hpp"

namespace sluice {

// Those of the document as it was declared: a sentence for each address, with what would be right. The
// gateway has the addresses of its interfaces, by the document and by what is seen on them. Services that the
// front leads to are asked by the front, which may.
std::vector<std::string> own_targets(const GatewayCandidate& candidate, const Observed& seen);

// The address that the gateway has with all others of a network: its broadcast address (RFC 919), or that of
// all routers (RFC 4291 section 2.6.1). None: the network has none.
std::optional<IpAddress> address_of_all(const InterfaceAddress& own);

}   // namespace sluice
