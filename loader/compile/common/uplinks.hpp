// SPDX-License-Identifier: GPL-2.0-or-later
// Zones behind which everybody else is (docs/decisions/0036-uplinks.md).
#pragma once

#include <set>
#include <string>

#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

// Those that the document calls so; of the others those that a default route leads into, and those that a
// masquerade leads into by an interface that gets its addresses from elsewhere: its default route may not be
// there yet.
std::set<std::string> uplink_zones(const Document& document, const Observed& observed);

// A sentence for a gateway that would never hear where the way out is; empty: it has one, or gives all
// addresses.
std::string lack_of_uplinks(const Document& document, const Observed& observed);

// Whether hosts of the zone reach each other where no policy speaks of them.
bool hosts_may_talk(const Zone& zone, const std::set<std::string>& uplinks);

}   // namespace sluice
