// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/name.hpp"

#include <algorithm>

namespace sluice {
namespace {

constexpr size_t kLongestName = 63;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_character(char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; }

}   // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && is_letter_or_digit(text[0]) &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

}   // namespace sluice
