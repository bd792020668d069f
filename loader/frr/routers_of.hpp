// SPDX-License-Identifier: GPL-2.0-or-later
// Which routing daemons a document means. Pure.
#pragma once

#include <chrono>
#include <vector>

#include "frr/router.hpp"
#include "model/document.hpp"

namespace sluice {

// The document's networks are complete (network/allocate.hpp). Sites that take no part now are no neighbours.
std::vector<Router> routers_of(const Document& document, bool vrf_devices,
                               std::chrono::system_clock::time_point now);

// With OSPF a site is told by its own daemon what others have announced to theirs.
Router with_others(Router router, const RouterStates& by_name);

RouterStates by_network(const RouterStates& by_name);

}   // namespace sluice
