// SPDX-License-Identifier: GPL-2.0-or-later
// The plain decimal numbers of addresses and ports. Private to model/.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace sluice::detail {

// Digits only, no leading zero: "010" is octal to some and decimal to others.
inline std::optional<unsigned> parse_decimal(std::string_view text, unsigned most) {
  unsigned number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number > most) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return number;
}

}   // namespace sluice::detail
