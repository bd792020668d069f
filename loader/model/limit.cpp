// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/number.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

struct Unit {
  std::string_view text;
  uint64_t factor;
};
constexpr Unit kBits[] = {{"gbit", 1'000'000'000}, {"mbit", 1'000'000}, {"kbit", 1'000}, {"bit", 1}};
constexpr Unit kBytes[] = {{"MB", 1'000'000}, {"kB", 1'000}, {"B", 1}};
constexpr std::string_view kPackets = "pps";
constexpr std::string_view kKinds[] = {"rule", "source", "destination", "flow", "vrf", "endpoint"};
constexpr int kHostsNetwork6 = 64;   // what one IPv6 host may choose its addresses from (RFC 4291)

template <size_t N>
std::optional<uint64_t> amount_in(std::string_view text, const Unit (&units)[N]) {
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.text)) continue;
    const auto number = whole_number<uint64_t>(text.substr(0, text.size() - unit.text.size()));
    if (!number) continue;   // "bit" ends "kbit" too
    if (*number > std::numeric_limits<uint64_t>::max() / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

template <size_t N>
std::string in_units(uint64_t amount, const Unit (&units)[N]) {
  const auto* unit =
      std::find_if(std::begin(units), std::end(units), [&](const Unit& u) { return amount % u.factor == 0; });
  return fmt::format("{}{}", amount / unit->factor, unit->text);
}

bool has_prefix(LimitKey::Kind kind) { return kind == LimitKey::kSource || kind == LimitKey::kDestination; }

std::optional<int> length_of(std::string_view text, int most) {
  const auto length = whole_number<int>(text);
  return length && *length >= 1 && *length <= most ? length : std::nullopt;
}

}   // namespace

uint64_t burst_of(const Limit& limit) {
  if (limit.burst) return *limit.burst;
  if (limit.rate.packets) return std::max<uint64_t>(1, limit.rate.amount / 10);
  return std::max(kLargestPacket, bytes_per_second(limit.rate) * 3 / 10);
}

std::string to_string(const Rate& rate) {
  return rate.packets ? fmt::format("{}{}", rate.amount, kPackets) : in_units(rate.amount, kBits);
}

std::string burst_to_string(const Limit& limit) {
  return limit.rate.packets ? fmt::format("{}p", burst_of(limit)) : in_units(burst_of(limit), kBytes);
}

std::string to_string(const LimitKey& key) {
  const std::string_view kind = kKinds[key.kind];
  if (!has_prefix(key.kind) || key == LimitKey{key.kind}) return std::string(kind);
  return fmt::format("{}/{}/{}", kind, key.bits4, key.bits6);
}

std::optional<Rate> parse_rate(std::string_view text) {
  if (text.ends_with(kPackets)) {
    const auto packets = whole_number<uint64_t>(text.substr(0, text.size() - kPackets.size()));
    return packets ? std::optional(Rate{*packets, true}) : std::nullopt;
  }
  const auto bits = amount_in(text, kBits);
  return bits ? std::optional(Rate{*bits, false}) : std::nullopt;
}

std::optional<uint64_t> parse_burst(std::string_view text, bool packets) {
  if (!packets) return amount_in(text, kBytes);
  return text.ends_with('p') ? whole_number<uint64_t>(text.substr(0, text.size() - 1)) : std::nullopt;
}

std::optional<LimitKey> parse_limit_key(std::string_view text) {
  const auto parts = split(text, '/');
  const auto* word = std::find(std::begin(kKinds), std::end(kKinds), parts.front());
  if (word == std::end(kKinds) || parts.size() > 3) return std::nullopt;
  LimitKey key{static_cast<LimitKey::Kind>(word - std::begin(kKinds))};
  if (parts.size() == 1) return key;
  const auto bits4 = length_of(parts[1], 32);
  const auto bits6 = parts.size() > 2 ? length_of(parts[2], 128) : kHostsNetwork6;
  if (!has_prefix(key.kind) || !bits4 || !bits6) return std::nullopt;
  key.bits4 = *bits4;
  key.bits6 = *bits6;
  return key;
}

}   // namespace sluice
