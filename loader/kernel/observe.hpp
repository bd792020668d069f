// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the part of the machine that the planner needs and that is not sluice's own. Needs no privilege.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/document.hpp"
#include "model/observed.hpp"

namespace sluice {

class LinkTable;
class RtnlSocket;

// Fills `links`, with their addresses, and `sysctls`; the engine and the store fill the rest. A device
// that goes while it is being looked at is left out or has no settings. `known`: whose list of the devices it
// goes by; null: a new one.
Result<Observed> observe_network(LinkTable* known = nullptr);

// Devices with their addresses, and nothing else.
Result<Observed> observe_addresses(LinkTable* known = nullptr);

// Of that, `links` with their addresses and `default_ways` alone, and `main_routes`, which the other leaves
// out.
Result<Observed> observe_ways_out(LinkTable* known = nullptr);
// Fills `tunnels`. What cannot be read, for want of a privilege or of an answer, is left out.
void observe_tunnels(Observed& observed);

// Looks at this device anew, after observe_network() and for `spaces` as they are there; one that is gone is
// left out.
Result<> observe_link(const std::string& name, Observed& observed);

// What the planner needs to know of devices that the document wants made. Fills in what the links contain,
// the ways to remotes, which kinds the kernel lacks, and which NICs hide VLAN tags from XDP. Asks nothing
// where the document wants nothing made and there are no VLANs.
Result<> observe_made_links(RtnlSocket& rtnl, const Document& document, Observed& observed);

}   // namespace sluice
