// SPDX-License-Identifier: GPL-2.0-or-later
// Tunnels of frames inside a network: their outer packets are the network's.
#pragma once

#include "model/document.hpp"

namespace sluice {

// Outer packets of a VXLAN or GRETAP with a VRF leave by the WireGuard device of that VRF, wherever the main
// routing table leads.
void bind_outer(Document& document);

}   // namespace sluice
