// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/timestamp.hpp"

#include <algorithm>

namespace sluice {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Each of these takes what it reads off the front of the text.

std::optional<int> take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits || !std::all_of(text.begin(), text.begin() + digits, is_digit))
    return std::nullopt;
  int number = 0;
  for (const char digit : text.substr(0, digits)) number = number * 10 + (digit - '0');
  text.remove_prefix(digits);
  return number;
}

bool take_one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || !characters.contains(text.front())) return false;
  text.remove_prefix(1);
  return true;
}

// The number after a separator.
std::optional<int> take_next(std::string_view& text, std::string_view separators, int most) {
  if (!take_one_of(text, separators)) return std::nullopt;
  const auto number = take_number(text, 2);
  return number && *number <= most ? number : std::nullopt;
}

std::optional<sys_days> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  const auto month = take_next(text, "-", 12);
  const auto day = take_next(text, "-", 31);
  if (!year || !month || !day) return std::nullopt;
  const auto date = std::chrono::year(*year) / *month / *day;
  return date.ok() ? std::optional(sys_days(date)) : std::nullopt;
}

bool take_fraction(std::string_view& text) {
  if (!take_one_of(text, ".")) return true;
  const size_t digits = std::find_if_not(text.begin(), text.end(), is_digit) - text.begin();
  text.remove_prefix(digits);
  return digits > 0;
}

std::optional<seconds> take_time_of_day(std::string_view& text) {
  const auto hour = take_next(text, "Tt ", 23);
  const auto minute = take_next(text, ":", 59);
  const auto second = take_next(text, ":", 59);
  if (!hour || !minute || !second || !take_fraction(text)) return std::nullopt;
  return hours(*hour) + minutes(*minute) + seconds(*second);
}

// How far the local time is ahead of UTC.
std::optional<seconds> take_offset(std::string_view& text) {
  if (take_one_of(text, "Zz")) return seconds(0);
  const bool behind = text.starts_with('-');
  const auto hour = take_next(text, "+-", 23);
  const auto minute = take_next(text, ":", 59);
  if (!hour || !minute) return std::nullopt;
  const seconds ahead = hours(*hour) + minutes(*minute);
  return behind ? -ahead : ahead;
}

}   // namespace

std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  const auto time = take_time_of_day(text);
  if (!time) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return *date + *time - *offset;
}

}   // namespace sluice
