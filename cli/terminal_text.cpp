// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace sluice::cli {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the code point that `lead` starts; 0: none.
size_t length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

uint32_t decode(std::string_view bytes) {
  if (bytes.size() == 1) return static_cast<unsigned char>(bytes[0]);
  uint32_t value = static_cast<unsigned char>(bytes[0]) & (0x7fu >> bytes.size());
  for (const char c : bytes.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3fu);
  return value;
}

// The code point at the front of a text; size 0 where its bytes are not UTF-8 (RFC 3629).
std::string_view front(std::string_view text) {
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto bytes = text.substr(0, length_of(static_cast<unsigned char>(text[0])));
  if (bytes.size() != length_of(static_cast<unsigned char>(text[0])) || bytes.empty()) return {};
  if (!std::ranges::all_of(bytes.substr(1), is_continuation)) return {};
  const uint32_t value = decode(bytes);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  return value < kLeast[bytes.size()] || surrogate || value > 0x10ffff ? std::string_view{} : bytes;
}

bool is_harmless(uint32_t value, bool lines) {
  if (lines && (value == '\n' || value == '\t')) return true;
  if (value < 0x20 || (value >= 0x7f && value < 0xa0)) return false;
  const bool turns = value == 0x061c || (value >= 0x200e && value <= 0x200f) ||
                     (value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
  return !turns && value != 0x2028 && value != 0x2029 && value != 0xfeff;
}

}   // namespace

std::string escape_for_terminal(std::string_view text, bool lines) {
  std::string out;
  while (!text.empty()) {
    const auto point = front(text);
    const size_t taken = std::max<size_t>(point.size(), 1);
    if (!point.empty() && is_harmless(decode(point), lines)) {
      out += point;
    } else {
      for (const char c : text.substr(0, taken))
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(taken);
  }
  return out;
}

std::string ascii_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f)
      out += c;
    else if (!is_continuation(c))
      out += '?';
  }
  return out;
}

size_t display_width(std::string_view text) {
  return text.size() - static_cast<size_t>(std::ranges::count_if(text, is_continuation));
}

}   // namespace sluice::cli
