// SPDX-License-Identifier: GPL-2.0-or-later
// What several parts of a network's meaning are told by: names, and what is reached. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "model/document.hpp"

namespace sluice {

// "network:home", of the policies and NAT rules that a network implies; `part` is behind a blank, where it
// has several.
std::string implied_name(const Network& network, std::string_view part = "");

// What a network's `resources` are, sets resolved, in the order of the document.
std::vector<Prefix> resource_prefixes(const Network& network, const Document& document);

// Whom its packets may come from, and nobody else: also where AllowedIPs say so already.
AddressMatch live_sources(const Network& network, std::chrono::system_clock::time_point now);

// Of an endpoint with a maximum: one for each direction. Of others none.
std::vector<Limit> endpoint_limits(const Network& network, const NetworkEndpoint& endpoint);

}   // namespace sluice
