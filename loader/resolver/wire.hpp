// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that resolves say to each other: a line of JSON each.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "model/resolver_news.hpp"
#include "model/resolver_order.hpp"

namespace sluice {

// With its end of line. It replaces all that was said before.
std::string encode_resolver_order(const ResolverOrder& order);
std::string encode_resolver_news(const ResolverNews& news);

// What somebody waits for to be told: `number` tells it from others.
struct NumberedLookUp {
  uint64_t number = 0;
  LookUp look_up;
  bool operator==(const NumberedLookUp&) const = default;
};
std::string encode_look_up(const NumberedLookUp& look_up);
// Its addresses are open, or cannot be had.
struct LookUpDone {
  uint64_t number = 0;
  bool open = false;
};
std::string encode_look_up_done(const LookUpDone& done);

using ResolverCommand = std::variant<ResolverOrder, LookUpDone>;
Result<ResolverCommand> decode_resolver_command(std::string_view line);
using ResolverSaying = std::variant<ResolverNews, NumberedLookUp>;
Result<ResolverSaying> decode_resolver_saying(std::string_view line);

inline constexpr size_t kLongestResolverLine = size_t{64} << 20;

}   // namespace sluice
