// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that asks say to each other: a line of JSON each.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "health/trust.hpp"
#include "model/health.hpp"

namespace sluice {

// With their end of line. Targets replace all targets, and files of certificates all such files.
std::string encode_targets(const std::vector<HealthTarget>& targets);
std::string encode_trust(const TrustFiles& files);
std::string encode_signs(const HealthSigns& signs);
// Any of them.
using HealthOrder = std::variant<std::vector<HealthTarget>, TrustFiles, HealthSigns>;
Result<HealthOrder> decode_order(std::string_view line);
std::string encode_news(const HealthNews& news);
Result<HealthNews> decode_news(std::string_view line);

inline constexpr size_t kLongestLine = size_t{64} << 20;

}   // namespace sluice
