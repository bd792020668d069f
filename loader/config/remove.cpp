// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <optional>

#include "config/edit.hpp"
#include "config/scan.hpp"

namespace sluice::config {
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
