// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/scan.hpp"

#include <algorithm>

namespace sluice::config {
namespace {

size_t or_end(size_t found, std::string_view text) { return std::min(found, text.size()); }

bool ends_word(char c) { return is_blank(c) || std::string_view(",:[]{}\"/").contains(c); }

size_t word_end(std::string_view text, size_t at) {
  while (at < text.size() && !ends_word(text[at])) ++at;
  return at;
}

size_t skip_white(std::string_view text, size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

}   // namespace

size_t comment_end(std::string_view text, size_t at) {
  if (at >= text.size() || text[at] != '/') return at;   // nearly always
  if (text.substr(at, 2) == "//") return or_end(text.find_first_of("\r\n", at), text);
  if (text.substr(at, 2) != "/*") return at;
  const size_t close = text.find("*/", at + 2);
  return close == std::string_view::npos ? text.size() : close + 2;
}

size_t skip_blank(std::string_view text, size_t at) {
  for (;;) {
    at = skip_white(text, at);
    const size_t end = comment_end(text, at);
    if (end == at) return at;
    at = end;
  }
}

size_t skip_separator(std::string_view text, size_t at, char separator) {
  at = skip_blank(text, at);
  if (at < text.size() && text[at] == separator) at = skip_blank(text, at + 1);
  return at;
}

size_t string_end(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return text.size();
}

size_t token_end(std::string_view text, size_t at) {
  if (at >= text.size()) return text.size();
  if (text[at] == '"') return string_end(text, at);
  return std::max(word_end(text, at), std::min(at + 1, text.size()));
}

std::optional<size_t> find_open_comment(std::string_view text, size_t at) {
  for (;;) {
    at = skip_white(text, at);
    const size_t end = comment_end(text, at);
    if (end == at) return std::nullopt;
    const bool closed = text[at + 1] == '/' || (end >= at + 4 && text.substr(end - 2, 2) == "*/");
    if (!closed) return at;
    at = end;
  }
}

}   // namespace sluice::config
