// SPDX-License-Identifier: GPL-2.0-or-later
// What routers of each protocol are told and asked.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "frr/router.hpp"
#include "frr/vty.hpp"

namespace sluice {

std::string router_config(const Router& router);
// By which bgpd is reached.
std::vector<IpAddress> listening_addresses(const Router& router);
Result<RouterState> ask_router(const Router& router, Vty& vty);

// For sentences: `bgpd of network "company"`, `ospfd of network "company" for "berlin"`.
std::string router_title(std::string_view name);

}   // namespace sluice
