// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/token_flaw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "config/quote.hpp"
#include "config/scan.hpp"

namespace sluice::config {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

size_t hex_digits(std::string_view text, size_t at) {
  size_t count = 0;
  while (count < 4 && at + count < text.size() && std::isxdigit(static_cast<unsigned char>(text[at + count])))
    ++count;
  return count;
}

Flaw flaw_of_escape(std::string_view text, size_t at) {
  if (text.substr(at, 2) != "\\u")
    return {at, fmt::format("{} is not an escape", quote(text.substr(at, 2))),
            R"(a backslash itself is written "\\")"};
  if (hex_digits(text, at + 2) < 4)
    return {at, "four hexadecimal digits belong after \\u", R"(as in "\u00e9")"};
  return {at, fmt::format("{} is only half of a character", quote(text.substr(at, 6))),
          "write the character itself"};
}

bool is_good_escape(std::string_view text, size_t at) {
  if (at + 1 < text.size() && std::string_view("\"\\/bfnrt").contains(text[at + 1])) return true;
  const auto digits = text.substr(std::min(at + 2, text.size()), 2);
  const bool half = !digits.empty() && (digits[0] == 'd' || digits[0] == 'D') && digits.size() > 1 &&
                    std::string_view("89abcdefABCDEF").contains(digits[1]);
  return text.substr(at, 2) == "\\u" && hex_digits(text, at + 2) == 4 && !half;
}

Flaw flaw_of_string(std::string_view text, size_t begin) {
  for (size_t at = begin + 1; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\n' || text[at] == '\r')
      return {begin, "the string has no closing quote on its line",
              "end it with \", write a line break as \\n"};
    if (is_control(text[at]))
      return {at, "a control character inside a string", "write it as an escape, such as \\t"};
    if (text[at] != '\\') continue;
    if (!is_good_escape(text, at)) return flaw_of_escape(text, at);
    ++at;
  }
  // Only pairs of \u escapes are left over, or the text ended.
  return {begin, "the string has no closing quote, or an escape in it is half of a character", ""};
}

Flaw flaw_of_word(std::string_view text, size_t at) {
  const auto word = text.substr(at, token_end(text, at) - at);
  const auto lower = [&] {
    std::string out(word.substr(0, 8));
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
  }();
  const bool known = lower == "true" || lower == "false" || lower == "null";
  return {at, fmt::format("{} is not a value", quote(word)),
          known ? fmt::format("write {}", lower) : "strings are written in double quotes"};
}

}   // namespace

Flaw find_token_flaw(std::string_view text, size_t at) {
  const char c = text[at];
  if (c == '"') return flaw_of_string(text, at);
  if (c == '#') return {at, "\"#\" begins no comment here", "comments begin with //"};
  if (c == '\'') return {at, "a string in single quotes", "use double quotes"};
  if (std::isdigit(static_cast<unsigned char>(c)) || std::string_view("+-.").contains(c))
    return {at, fmt::format("{} is not a number", quote(text.substr(at, token_end(text, at) - at))),
            "decimal, without + and leading zeros; addresses and ranges are strings"};
  return flaw_of_word(text, at);
}

}   // namespace sluice::config
