// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/text.hpp"
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
std::string insert_behind(std::string_view text, const Node& container, std::span<const std::string> items) {
  const Node& last = *container.last;
  const size_t close = container.end - size_t{1};
  const size_t comments = end_of_line_comments(text, last.end, close);
  const size_t line_end = std::min(comments + 2, close);   // "\r\n"
  const bool below =
      has_line_break(text, container.begin, last.start()) || has_line_break(text, last.end, line_end);
  if (!below) return splice(text, last.end, fmt::format(", {}", join(items, ", ")));
  const auto before = fmt::format("{}{}", line_break_of(text), indent_of_line(text, last.start()));
  const auto lines = fmt::format("{}{}", before, join(items, "," + before));
  return splice(splice(text, comments, lines), last.end, ",");
}

// Into an empty one: each on a line of its own.
std::string insert_only(std::string_view text, const Node& container, std::span<const std::string> items) {
  const size_t close = container.end - size_t{1};
  const auto outer = indent_of_line(text, container.start());
  const auto line = line_break_of(text);
  const size_t after_comments = end_of_line_comments(text, container.begin + size_t{1}, close);
  const auto before = fmt::format("{}{}  ", line, outer);
  const auto lines = fmt::format("{}{}{}{}", before, join(items, "," + before), line, outer);
  if (!is_all_blank(text, after_comments, close)) return splice(text, close, lines);
  return fmt::format("{}{}{}", text.substr(0, after_comments), lines, text.substr(close));
}

}   // namespace

std::string insert_last(std::string_view text, const Node& container, std::string_view item) {
  return insert_last(text, container, std::vector<std::string>{std::string(item)});
}

std::string insert_last(std::string_view text, const Node& container, const std::vector<std::string>& items) {
  return container.last ? insert_behind(text, container, items) : insert_only(text, container, items);
}

std::string insert_beside_last(std::string_view text, const Node& container, std::string_view item) {
  return splice(text, container.last->end, fmt::format(", {}", item));
}

std::string replace_value(std::string_view text, const Node& node, std::string_view value) {
  return fmt::format("{}{}{}", text.substr(0, node.begin), value, text.substr(node.end));
}

namespace {

struct Cut {
  size_t from, to;
};

std::string without(std::string_view text, Cut cut) {
  return fmt::format("{}{}", text.substr(0, cut.from), text.substr(cut.to));
}

size_t skip_spaces(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

// The comment that ends the line goes with what it explains; `at` when something else follows there.
size_t skip_end_of_line(std::string_view text, size_t at) {
  size_t end = skip_spaces(text, at);
  for (size_t next = comment_end(text, end); next != end; next = comment_end(text, end))
    end = skip_spaces(text, next);
  if (text.substr(end, 2) == "\r\n") return end + 2;
  return text.substr(end, 1) == "\n" ? end + 1 : at;
}

// Where the line begins when nothing but white space is before `at`.
std::optional<size_t> start_of_line(std::string_view text, size_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  return at == 0 || text[at - 1] == '\n' ? std::optional(at) : std::nullopt;
}

const Node* before(const Node& item) {
  const Node* previous = nullptr;
  for (const Node& sibling : item.parent->children()) {
    if (&sibling == &item) return previous;
    previous = &sibling;
  }
  return nullptr;
}

Cut whole_lines_or(std::string_view text, Cut bare) {
  const auto start = start_of_line(text, bare.from);
  const size_t end = skip_end_of_line(text, bare.to);
  return start && end != bare.to ? Cut{*start, end} : bare;
}

std::string remove_with_comma_behind(std::string_view text, const Node& item) {
  const size_t comma = skip_blank(text, item.end);
  const Cut cut = whole_lines_or(text, {item.start(), comma + 1});
  return without(text, cut.to == comma + 1 ? Cut{cut.from, skip_spaces(text, cut.to)} : cut);
}

std::string remove_with_comma_before(std::string_view text, const Node& item, const Node& previous) {
  const size_t comma = skip_blank(text, previous.end);
  Cut cut = whole_lines_or(text, {item.start(), item.end});
  const bool own_lines = cut.to != item.end;
  if (!own_lines && is_all_blank(text, comma + 1, item.start())) cut.from = comma + 1;
  return without(without(text, cut), {comma, comma + 1});
}

// What is left of an empty container shrinks to its brackets unless a comment is in it.
std::string remove_only(std::string_view text, const Node& item) {
  const Node& container = *item.parent;
  const Cut inside{container.begin + size_t{1}, container.end - size_t{1}};
  const Cut lines = whole_lines_or(text, {item.start(), item.end});
  const bool blank = is_all_blank(text, inside.from, item.start()) && is_all_blank(text, lines.to, inside.to);
  return without(text, blank ? inside : lines);
}

}   // namespace

std::string remove_item(std::string_view text, const Node& item) {
  if (item.next) return remove_with_comma_behind(text, item);
  const Node* previous = before(item);
  return previous ? remove_with_comma_before(text, item, *previous) : remove_only(text, item);
}

}   // namespace sluice::config
