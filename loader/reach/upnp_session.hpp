// SPDX-License-Identifier: GPL-2.0-or-later
// Asks a router by UPnP IGD 1 or 2. What devices of the link answer is XML, which a library reads that is not
// ours: this runs in a process that has nothing to lose (upnp_child.hpp), and takes as long as it takes.
#pragma once

#include "reach/upnp.hpp"

namespace sluice {

// Reads one UpnpAsk from a descriptor, asks, and writes its answer to the other.
Result<> run_upnp(int in, int out);

// Whether a URL is plain HTTP to this very address: a device may tell any other.
bool leads_to(std::string_view url, const IpAddress& host);

}   // namespace sluice
