// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/quote.hpp"
#include "config/scan.hpp"
#include "config/token_flaw.hpp"

namespace sluice::config {
namespace {

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
