// SPDX-License-Identifier: GPL-2.0-or-later
// What bgpd answers, read. Pure.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "frr/router.hpp"

namespace sluice {

inline constexpr std::string_view kBgpSummaryQuestion = "show bgp summary json";
inline constexpr std::string_view kBgpRoutesQuestion = "show bgp ipv4 unicast json";
inline constexpr std::string_view kBgpRoutesQuestion6 = "show bgp ipv6 unicast json";

// Of the answers to these. A prefix that is not behind the site that announces it is left out, whatever the
// filters of bgpd made of it.
Result<RouterState> read_bgp_answers(const Router& router, std::string_view summary, std::string_view routes,
                                     std::string_view routes6);

}   // namespace sluice
