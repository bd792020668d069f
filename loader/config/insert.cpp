// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "config/edit.hpp"
#include "config/scan.hpp"

namespace sluice::config {
namespace {

// The white space that begins the line of `at`.
std::string_view indent_of_line(std::string_view text, size_t at) {
  const size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;   // npos + 1 is 0
  const size_t end = text.find_first_not_of(" \t", line);
  return text.substr(line, std::min(end, at) - line);
}

// After the comments that follow on the same line; they belong to what stands before.
size_t end_of_line_comments(std::string_view text, size_t at, size_t limit) {
  size_t end = at;
  for (;;) {
    while (at < limit && (text[at] == ' ' || text[at] == '\t')) ++at;
    const size_t after = comment_end(text, at);
    if (after == at) return end;
    at = end = after;
  }
}

std::string_view line_break_of(std::string_view text) { return text.contains("\r\n") ? "\r\n" : "\n"; }

bool has_line_break(std::string_view text, size_t from, size_t to) {
  return text.substr(from, to - from).contains('\n');
}

std::string splice(std::string_view text, size_t at, std::string_view inserted) {
  return fmt::format("{}{}{}", text.substr(0, at), inserted, text.substr(at));
}

// Behind the last of several: in its style, on the same line or below.
std::string insert_behind(std::string_view text, const Node& container, std::string_view item) {
  const Node& last = *container.last;
  const size_t close = container.end - size_t{1};
  const size_t comments = end_of_line_comments(text, last.end, close);
  const size_t line_end = std::min(comments + 2, close);   // "\r\n"
  const bool below =
      has_line_break(text, container.begin, last.start()) || has_line_break(text, last.end, line_end);
  if (!below) return splice(text, last.end, fmt::format(", {}", item));
  const auto line = fmt::format("{}{}{}", line_break_of(text), indent_of_line(text, last.start()), item);
  return splice(splice(text, comments, line), last.end, ",");
}

// Into an empty one: on a line of its own.
std::string insert_only(std::string_view text, const Node& container, std::string_view item) {
  const size_t close = container.end - size_t{1};
  const auto outer = indent_of_line(text, container.start());
  const auto line = line_break_of(text);
  const size_t after_comments = end_of_line_comments(text, container.begin + size_t{1}, close);
  const auto lines = fmt::format("{0}{1}  {2}{0}{1}", line, outer, item);
  if (!is_all_blank(text, after_comments, close)) return splice(text, close, lines);
  return fmt::format("{}{}{}", text.substr(0, after_comments), lines, text.substr(close));
}

}   // namespace

std::string insert_last(std::string_view text, const Node& container, std::string_view item) {
  return container.last ? insert_behind(text, container, item) : insert_only(text, container, item);
}

}   // namespace sluice::config
