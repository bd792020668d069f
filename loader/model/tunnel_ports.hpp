// SPDX-License-Identifier: GPL-2.0-or-later
// Who would take the ports that tunnels of networks are spoken to at. Pure.
#pragma once

#include <set>
#include <string_view>

#include "model/document.hpp"

namespace sluice {

// Whether UDP that comes to the gateway's own addresses in the main VRF, where tunnels are spoken to at each
// of them, is led elsewhere by the forward, at its ports. `elsewhere`: the interfaces of other VRFs.
bool takes_udp_of_gateway(const Forward& forward, const std::set<std::string_view>& elsewhere);

std::set<std::string_view> interfaces_in_vrfs(const Document& document);

}   // namespace sluice
