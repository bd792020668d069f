// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/target.hpp"

#include <fmt/format.h>

#include <charconv>

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

}   // namespace sluice
