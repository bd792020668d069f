// SPDX-License-Identifier: GPL-2.0-or-later
// What a node of a cluster tells the routers around it. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "frr/router.hpp"
#include "model/document.hpp"

namespace sluice {

// None: the document names no router that this node is on a wire with. Each is told of the addresses that NAT
// gives or listens on, of those that interfaces of the zone have that the router is in, and of its
// `announce`.
std::optional<Router> cluster_router_of(const Document& document, uint32_t metric);

// Where all of so many nodes carry: alike where all are a good way; otherwise those that are one are better
// than one that is only believed to be there, or whose link is down and who cannot say so to everybody. The
// few that hear each other but not the rest are worse.
uint32_t metric_of_carrier(const ClusterFacts& facts, size_t nodes);

// The fewest that have these addresses and no other one.
std::vector<Prefix> prefixes_of(const AddressRange& range);

}   // namespace sluice
