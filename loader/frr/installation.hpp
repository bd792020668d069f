// SPDX-License-Identifier: GPL-2.0-or-later
// FRR, as it is installed on this machine.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "kernel/other_daemon.hpp"
#include "kernel/probe.hpp"

namespace sluice {

inline constexpr const char* kFrrUser = "frr";
Result<UserIds> find_frr_user();
Result<std::string> find_frr_program(std::string_view name);   // its path; "bgpd"

// Whether networks whose sites speak BGP or OSPF can be had. A warning where not: all others can.
ProbeRow probe_frr();

}   // namespace sluice
