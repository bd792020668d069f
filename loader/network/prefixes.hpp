// SPDX-License-Identifier: GPL-2.0-or-later
// Which prefixes a network means. Pure.
#pragma once

#include <chrono>
#include <set>
#include <vector>

#include "model/network.hpp"

namespace sluice {

// RFC 1918, 6598, 3927, 4193, 4291: nobody on the internet has them.
const std::vector<Prefix>& private_networks();

// RFC 2328 appendix A.1: where routers that speak OSPF are told something.
Prefix all_ospf_routers();

// What is routed to the endpoints. By a routing protocol: what is announced of what is behind them, by those
// that take part. `announced` is null where nothing is known.
std::vector<Prefix> prefixes_behind(const Network& network, const std::set<Prefix>* announced,
                                    std::chrono::system_clock::time_point now);

}   // namespace sluice
