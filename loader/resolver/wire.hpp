// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that resolves say to each other: a line of JSON each.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/resolver_news.hpp"
#include "model/resolver_order.hpp"

namespace sluice {

// With its end of line. It replaces all that was said before.
std::string encode_resolver_order(const ResolverOrder& order);
Result<ResolverOrder> decode_resolver_order(std::string_view line);
std::string encode_resolver_news(const ResolverNews& news);
Result<ResolverNews> decode_resolver_news(std::string_view line);

inline constexpr size_t kLongestResolverLine = size_t{64} << 20;

}   // namespace sluice
