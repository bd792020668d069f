// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that asks routers and STUN servers say to each other: a line of JSON each.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/reach_order.hpp"

namespace sluice {

// With its end of line. It replaces all that was said before.
std::string encode_reach_order(const ReachOrder& order);
Result<ReachOrder> decode_reach_order(std::string_view line);

std::string encode_reach_news(const ReachNews& news);
Result<ReachNews> decode_reach_news(std::string_view line);

inline constexpr size_t kLongestReachLine = size_t{1} << 20;

}   // namespace sluice
