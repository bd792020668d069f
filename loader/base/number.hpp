// SPDX-License-Identifier: GPL-2.0-or-later
// Texts that are a whole number, and nothing else.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace sluice {

// Decimal digits that fit; nullopt: a sign, a blank, anything behind them, or no digit.
template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && !text.starts_with('-') ? std::optional(number) : std::nullopt;
}

}   // namespace sluice
