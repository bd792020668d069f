// SPDX-License-Identifier: GPL-2.0-or-later
// When an authority is asked. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice {

using WallTime = std::chrono::system_clock::time_point;

// At two thirds of its life, or up to a thirtieth of it later: `fingerprint` decides, so that those that were
// made together do not come together again.
WallTime renewal_of(WallTime begins, WallTime ends, std::string_view fingerprint);

// After so many failures in a row (1 at least): 10 s, five times as much after each, 6 h at most, and up to a
// fifth longer by `name`. Five failures an hour of a name are what the largest authority allows.
std::chrono::seconds pause_after(unsigned failures, std::string_view name);

// Of all names together.
inline constexpr size_t kMostOrdersAnHour = 60;
// When the next one may be begun; `orders` are those of before, in order.
WallTime order_allowed_at(const std::vector<WallTime>& orders, WallTime now);

// A trial directory is asked first.
inline constexpr unsigned kFailuresUntilTrial = 3;

}   // namespace sluice
