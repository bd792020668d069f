// SPDX-License-Identifier: GPL-2.0-or-later
// What the ospfd of one site answers, read. Pure.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "frr/router.hpp"

namespace sluice {

inline constexpr std::string_view kOspfNeighboursQuestion = "show ip ospf neighbor json";
inline constexpr std::string_view kOspfRoutesQuestion = "show ip ospf route json";

// Of the answers to these. A prefix that is not behind the site is left out. Of a site that announces more
// than it may, nothing is accepted. OSPFv2 has no IPv6: these routes are there as long as the site is.
Result<RouterState> read_ospf_answers(const Router& router, std::string_view neighbours,
                                      std::string_view routes);

}   // namespace sluice
