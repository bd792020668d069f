// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that asks say to each other: a line of JSON each.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "model/health.hpp"

namespace sluice {

// With its end of line. Each replaces all targets.
std::string encode_targets(const std::vector<HealthTarget>& targets);
std::string encode_signs(const HealthSigns& signs);
// Either of them.
using HealthOrder = std::variant<std::vector<HealthTarget>, HealthSigns>;
Result<HealthOrder> decode_order(std::string_view line);
std::string encode_news(const HealthNews& news);
Result<HealthNews> decode_news(std::string_view line);

inline constexpr size_t kLongestLine = size_t{64} << 20;

}   // namespace sluice
