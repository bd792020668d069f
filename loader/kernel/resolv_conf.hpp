// SPDX-License-Identifier: GPL-2.0-or-later
// Which DNS servers this machine asks (resolv.conf(5)).
#pragma once

#include <string_view>
#include <vector>

#include "model/address.hpp"

namespace sluice {

inline constexpr const char* kResolvConf = "/etc/resolv.conf";

// At most kMostUpstreams (model/resolver.hpp). What cannot be read is passed over.
std::vector<Endpoint> name_servers(std::string_view resolv_conf);
// Those of kResolvConf.
std::vector<Endpoint> name_servers_of_machine();

}   // namespace sluice
