// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/carriers.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/number.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

constexpr std::string_view kVerb = "carriers";

}   // namespace

std::string carriers_text(const Carriers& carriers) {
  return fmt::format("{} {} {}", kVerb, carriers.good, carriers.heard);
}

std::optional<Carriers> parse_carriers(std::string_view piece) {
  const std::vector<std::string_view> words = split(piece, ' ');
  if (words.size() != 3 || words[0] != kVerb) return std::nullopt;
  const auto good = whole_number<size_t>(words[1]), heard = whole_number<size_t>(words[2]);
  if (!good || !heard || *good > *heard) return std::nullopt;
  return Carriers{.good = *good, .heard = *heard};
}

}   // namespace sluice
