// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/rate_values.hpp"

#include <fmt/format.h>

#include "config/quote.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr uint64_t kMostPackets = 1'000'000'000, kLeastBits = 1'000, kMostBits = 1'000'000'000'000;

bool is_in_bounds(const Rate& rate) {
  return rate.packets ? rate.amount >= 1 && rate.amount <= kMostPackets
                      : rate.amount >= kLeastBits && rate.amount <= kMostBits;
}

}   // namespace

std::optional<Rate> read_rate(const Node& node, bool packets, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto rate = parse_rate(*text);
  if (!rate || (rate->packets && !packets)) {
    complaints.say(node, fmt::format("{} is not a rate", quote(*text)),
                   fmt::format(R"(a whole number with its unit bit, kbit, mbit{}, such as "50mbit")",
                               packets ? ", gbit or pps" : " or gbit"));
    return std::nullopt;
  }
  if (is_in_bounds(*rate)) return rate;
  complaints.say(node, fmt::format("{} is not a rate that can be kept", quote(*text)),
                 rate->packets ? R"("1pps" to "1000000000pps")" : R"("1kbit" to "1000gbit")");
  return std::nullopt;
}

}   // namespace sluice::config
