// SPDX-License-Identifier: GPL-2.0-or-later
// What a document admits without saying it as a policy.
#pragma once

#include "model/document.hpp"

namespace sluice {

// The outer packets of VXLANs, to the gateway and from it: between the local address and the remotes, and of
// nobody else; who asks the front, and whom the front asks; what nodes of a cluster tell each other. They
// stand before the document's own policies, and count like them. `zones`, `services` and `sites` are there
// already.
std::vector<Policy> implied_policies(const Document& document);

}   // namespace sluice
