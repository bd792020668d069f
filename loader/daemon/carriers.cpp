// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/carriers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "base/text.hpp"

namespace sluice {
namespace {

constexpr std::string_view kVerb = "carriers";

std::optional<size_t> parse_count(std::string_view text) {
  size_t count = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  return read.ec == std::errc{} && read.ptr == end ? std::optional(count) : std::nullopt;
}

}   // namespace

std::string carriers_text(const Carriers& carriers) {
  return fmt::format("{} {} {}", kVerb, carriers.good, carriers.heard);
}

std::optional<Carriers> parse_carriers(std::string_view piece) {
  const std::vector<std::string_view> words = split(piece, ' ');
  if (words.size() != 3 || words[0] != kVerb) return std::nullopt;
  const auto good = parse_count(words[1]), heard = parse_count(words[2]);
  if (!good || !heard || *good > *heard) return std::nullopt;
  return Carriers{.good = *good, .heard = *heard};
}

}   // namespace sluice
