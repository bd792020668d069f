// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "config/complaints.hpp"
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

// What is wrong with the string, number or word that begins here.
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

using After = ParseState::After;

std::string shown_token(std::string_view text, size_t at) {
  return quote(text.substr(at, token_end(text, at) - at));
}

bool is_at(std::string_view text, size_t at, std::string_view any_of) {
  return at < text.size() && any_of.contains(text[at]);
}

Flaw ends_too_early(std::string_view text, const ParseState& state) {
  const auto lines =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(state.opened_at), '\n');
  const auto* what = state.in_object ? "object" : "list";
  const auto close = state.in_object ? '}' : ']';
  return {text.size(), fmt::format("the document ends inside the {} that line {} opens", what, lines + 1),
          fmt::format("close it with {}", close)};
}

Flaw no_key(std::string_view text, size_t at) {
  if (is_at(text, at, "\"#")) return find_token_flaw(text, at);
  return {at, fmt::format("expected a key in double quotes, found {}", shown_token(text, at)),
          "as in \"name\": ..."};
}

Flaw no_value(std::string_view text, size_t at) {
  if (is_at(text, at, ",:]}"))
    return {at, fmt::format("expected a value, found {}", shown_token(text, at)), ""};
  return find_token_flaw(text, at);
}

Flaw after_comma(std::string_view text, const ParseState& state, size_t comma, size_t at) {
  if (is_at(text, at, "}]")) return {comma, "a comma with nothing after it", "remove the comma"};
  return state.in_object ? no_key(text, at) : no_value(text, at);
}

Flaw after_value(std::string_view text, const ParseState& state, size_t at) {
  if (text[at] == ',') {
    const size_t next = skip_blank(text, at + 1);
    return next < text.size() ? after_comma(text, state, at, next) : ends_too_early(text, state);
  }
  const auto* wanted = state.in_object ? "\",\" or \"}\"" : "\",\" or \"]\"";
  return {at, fmt::format("expected {}, found {}", wanted, shown_token(text, at)), "is a comma missing?"};
}

Flaw after_key(std::string_view text, const ParseState& state, size_t at) {
  if (text[at] != ':')
    return {at, fmt::format("expected \":\" after the key, found {}", shown_token(text, at)), ""};
  const size_t next = skip_blank(text, at + 1);
  return next < text.size() ? no_value(text, next) : ends_too_early(text, state);
}

// The parser takes 80abc for the number 80 with something behind it; people mean one word.
bool ends_in_bad_word(std::string_view text, const ParseState& state) {
  const auto word = text.substr(state.word_at, state.at - state.word_at);
  return state.word_at > 0 && !nlohmann::json::accept(word);
}

}   // namespace

Flaw find_flaw(std::string_view text, const ParseState& state) {
  if (ends_in_bad_word(text, state)) return find_token_flaw(text, state.word_at);
  if (const auto open = find_open_comment(text, state.at))
    return {*open, "the comment has no end", "close it with */"};
  const size_t at = skip_blank(text, state.at);
  if (at == text.size() && state.after == After::kNothing)
    return {at, "the document is empty", R"(the least is { "version": 1 })"};
  if (at == text.size()) return ends_too_early(text, state);
  switch (state.after) {
    case After::kNothing: return no_value(text, at);
    case After::kOpening: return state.in_object ? no_key(text, at) : no_value(text, at);
    case After::kKey: return after_key(text, state, at);
    case After::kValue: return after_value(text, state, at);
    case After::kEverything:
      return {at, fmt::format("{} after the end of the document", shown_token(text, at)), "remove it"};
  }
  return {at, "this is not JSON", ""};
}

}   // namespace sluice::config
