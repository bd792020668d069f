// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace sluice {

namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::optional<char> byte_of(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value, 16);
  if (digits.size() != 2 || error != std::errc{} || end != digits.end()) return std::nullopt;
  return static_cast<char>(value);
}

}   // namespace

std::string encode_segment(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += is_unreserved(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

std::optional<std::string> decode_segment(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') return std::nullopt;
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = byte_of(text.substr(i + 1, 2));
    if (!byte) return std::nullopt;
    out += *byte;
    i += 2;
  }
  if (out.empty()) return std::nullopt;
  return out;
}

Result<QueryFields> parse_query(std::string_view query, std::span<const std::string_view> known) {
  QueryFields fields;
  if (query.empty()) return fields;
  for (const std::string_view part : split(query, '&')) {
    const size_t equals = part.find('=');
    const std::string name(part.substr(0, equals));
    if (std::ranges::find(known, name) == known.end())
      return fail(fmt::format("there is no field \"{}\"", name), ErrorKind::kUsage);
    const auto value =
        equals == std::string_view::npos ? std::nullopt : decode_segment(part.substr(equals + 1));
    if (!value) return fail(fmt::format("field \"{}\" is empty or broken", name), ErrorKind::kUsage);
    if (!fields.emplace(name, *value).second)
      return fail(fmt::format("field \"{}\" is given twice", name), ErrorKind::kUsage);
  }
  return fields;
}

std::string encode_query(const QueryFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields)
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", encode_segment(name), encode_segment(value));
  return text;
}

}   // namespace sluice
