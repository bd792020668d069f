// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

namespace sluice {

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t at = 0;;) {
    const size_t next = text.find(separator, at);
    parts.push_back(text.substr(at, next - at));
    if (next == std::string_view::npos) return parts;
    at = next + 1;
  }
}

namespace {

struct Unit {
  uint64_t size;
  const char* name;
};

template <size_t N>
const Unit& largest_that_fits(uint64_t number, const std::array<Unit, N>& units) {
  size_t i = 0;
  while (i + 1 < N && number < units[i].size) ++i;
  return units[i];
}

// Tenths are cut, not rounded: 999,999 must not become "1000.0k".
std::string with_tenth(uint64_t number, uint64_t unit) {
  return fmt::format("{}.{}", number / unit, number % unit * 10 / unit);
}

constexpr std::array<Unit, 4> kTimeUnits{{{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}};
constexpr std::array<Unit, 6> kCountUnits{{{1'000'000'000'000'000'000, "E"},
                                           {1'000'000'000'000'000, "P"},
                                           {1'000'000'000'000, "T"},
                                           {1'000'000'000, "G"},
                                           {1'000'000, "M"},
                                           {1'000, "k"}}};
constexpr std::array<Unit, 6> kByteUnits{{{1ULL << 60, "EiB"},
                                          {1ULL << 50, "PiB"},
                                          {1ULL << 40, "TiB"},
                                          {1ULL << 30, "GiB"},
                                          {1ULL << 20, "MiB"},
                                          {1ULL << 10, "KiB"}}};

}   // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<size_t>(end - text.data());
  if (error != std::errc() || digits > 9 || (digits > 1 && text[0] == '0')) return std::nullopt;
  for (const auto& unit : kTimeUnits)
    if (text.substr(digits) == unit.name) return std::chrono::seconds(number * unit.size);
  return std::nullopt;
}

std::string format_duration(std::chrono::seconds duration) {
  if (duration.count() < 0) return "-" + format_duration(-duration);
  auto rest = static_cast<uint64_t>(duration.count());
  const auto& unit = largest_that_fits(rest, kTimeUnits);
  std::string text = fmt::format("{}{}", rest / unit.size, unit.name);
  rest %= unit.size;
  if (&unit == &kTimeUnits.back()) return text;
  const auto& next = *(&unit + 1);
  return rest < next.size ? text : fmt::format("{} {}{}", text, rest / next.size, next.name);
}

std::string with_commas(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string format_count(uint64_t number) {
  if (number < 10'000) return fmt::format("{}", number);
  const auto& unit = largest_that_fits(number, kCountUnits);
  return with_tenth(number, unit.size) + unit.name;
}

std::string format_bytes(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  const auto& unit = largest_that_fits(bytes, kByteUnits);
  return with_tenth(bytes, unit.size) + " " + unit.name;
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

}   // namespace sluice
