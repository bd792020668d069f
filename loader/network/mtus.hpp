// SPDX-License-Identifier: GPL-2.0-or-later
// How large packets in tunnels may be. Pure.
#pragma once

#include <cstdint>

#include "model/allotment.hpp"
#include "model/document.hpp"

namespace sluice {

// Fills in what clients are told of the MTU: the document's, else what was derived from the MTU of the way
// out (bytes) when the network was first given one. A default route that moves changes no client's
// configuration.
void keep_mtus(Document& document, const Allotments& known, uint32_t way_out, Allotments& given);

// The largest packet in a tunnel whose outer packets fit a link of this MTU.
uint32_t mtu_within(uint32_t way_out);

}   // namespace sluice
