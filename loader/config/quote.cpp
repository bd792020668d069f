// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/quote.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace sluice::config {
namespace {

constexpr size_t kLongestQuote = 60;

// C1 controls are two bytes in UTF-8: c2 80 .. c2 9f. Some terminals obey them as they obey ESC [.
bool is_c1_control(std::string_view text, size_t at) {
  return text[at] == '\xc2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

bool is_c0_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view shortened(std::string_view text) {
  if (text.size() <= kLongestQuote) return text;
  size_t end = kLongestQuote;
  while (end > 0 && continues_character(text[end])) --end;
  return text.substr(0, end);
}

std::string escaped(char c) {
  if (c == '"' || c == '\\') return {'\\', c};
  return is_c0_control(c) ? fmt::format("\\u{:04x}", static_cast<unsigned char>(c)) : std::string(1, c);
}

}   // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = character_at(text, at);
    const bool control = length == 0 || is_c1_control(text, at) || is_c0_control(text[at]);
    if (text[at] == '\t')
      out += ' ';
    else if (control)
      out += '?';
    else
      out += text.substr(at, length);
    at += std::max<size_t>(length, 1);
  }
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += escaped(c);
  return out + '"';
}

std::string quote(std::string_view text) {
  const auto shown = shortened(text);
  std::string out = printable(json_string(shown));
  return shown.size() == text.size() ? out : out + "...";
}

}   // namespace sluice::config
