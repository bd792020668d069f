// SPDX-License-Identifier: GPL-2.0-or-later
// What the planner needs to know of devices that the document wants made.
#pragma once

#include "base/result.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

class RtnlSocket;

// Fills in what the links contain, the ways to remotes, which kinds the kernel lacks, and which NICs hide
// VLAN tags from XDP. Asks nothing where the document wants nothing made and there are no VLANs.
Result<> observe_made_links(RtnlSocket& rtnl, const Document& document, Observed& observed);

}   // namespace sluice
