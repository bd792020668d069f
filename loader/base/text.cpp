// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

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

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
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

std::string rfc3339_milliseconds(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(time - whole);
  std::string text = rfc3339(whole);
  return text.insert(text.size() - 1, fmt::format(".{:03}", rest.count()));
}

namespace {

// What the first byte says: the length, and the range of the second byte (RFC 3629 section 4).
struct Lead {
  size_t length;
  unsigned char least, most;
};

Lead lead(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xc2 || byte > 0xf4) return {0, 0, 0};
  if (byte < 0xe0) return {2, 0x80, 0xbf};
  if (byte < 0xf0)
    return {3, static_cast<unsigned char>(byte == 0xe0 ? 0xa0 : 0x80),
            static_cast<unsigned char>(byte == 0xed ? 0x9f : 0xbf)};
  return {4, static_cast<unsigned char>(byte == 0xf0 ? 0x90 : 0x80),
          static_cast<unsigned char>(byte == 0xf4 ? 0x8f : 0xbf)};
}

// Eight bytes at a time: documents are ASCII but for a few comments.
size_t skip_ascii(std::string_view text, size_t at) {
  for (uint64_t word; at + sizeof(word) <= text.size(); at += sizeof(word)) {
    std::memcpy(&word, text.data() + at, sizeof(word));
    if (word & 0x8080808080808080) break;
  }
  return at;
}

}   // namespace

size_t character_at(std::string_view text, size_t at) {
  const auto [length, least, most] = lead(static_cast<unsigned char>(text[at]));
  if (length < 2) return length;
  if (at + length > text.size()) return 0;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  if (second < least || second > most) return 0;
  for (size_t i = 2; i < length; ++i)
    if (!continues_character(text[at + i])) return 0;
  return length;
}

std::optional<size_t> find_invalid_utf8(std::string_view text) {
  for (size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const size_t length = character_at(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

}   // namespace sluice
