// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hex.hpp"

namespace sluice {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::optional<uint8_t> value_of_digit(char digit) {
  const char lower = digit >= 'A' && digit <= 'F' ? static_cast<char>(digit - 'A' + 'a') : digit;
  const size_t at = kHexDigits.find(lower);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<uint8_t>(at));
}

}   // namespace

std::string hex_of(std::span<const uint8_t> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) {
    text.push_back(kHexDigits[byte >> 4]);
    text.push_back(kHexDigits[byte & 15]);
  }
  return text;
}

std::string hex_of(std::string_view bytes) {
  return hex_of(std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

bool read_hex(std::string_view text, std::span<uint8_t> bytes) {
  if (text.size() != 2 * bytes.size()) return false;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto high = value_of_digit(text[2 * i]), low = value_of_digit(text[2 * i + 1]);
    if (!high || !low) return false;
    bytes[i] = static_cast<uint8_t>(*high << 4 | *low);
  }
  return true;
}

std::optional<std::string> bytes_of_hex(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  if (!read_hex(text, std::span(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()))) return std::nullopt;
  return bytes;
}

}   // namespace sluice
