// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/scan.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/complaints.hpp"

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

namespace {

constexpr size_t kWhole = 110;                // bytes of a line that is shown as it is
constexpr size_t kBefore = 60, kAfter = 50;   // of a longer one, around the caret

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

size_t to_character(std::string_view line, size_t at) {
  while (at < line.size() && continues_character(line[at])) ++at;
  return at;
}

}   // namespace

Lines::Lines(std::string_view text) : text_(text), starts_{0} {
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    starts_.push_back(at + 1);
}

size_t Lines::line_index(size_t offset) const {
  return static_cast<size_t>(std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin()) - 1;
}

std::string_view Lines::line_at(size_t index) const {
  const size_t end = index + 1 < starts_.size() ? starts_[index + 1] - 1 : text_.size();
  auto line = text_.substr(starts_[index], end - starts_[index]);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Place Lines::place_of(size_t offset) const {
  const size_t index = line_index(offset);
  const auto before = text_.substr(starts_[index], offset - starts_[index]);
  return {static_cast<int>(index) + 1, static_cast<int>(count_characters(before)) + 1};
}

std::string Lines::excerpt(size_t offset) const {
  const size_t index = line_index(offset);
  const auto line = line_at(index);
  const size_t at = std::min(offset - starts_[index], line.size());
  const bool whole = line.size() <= kWhole;
  const size_t from = whole || at <= kBefore ? 0 : to_character(line, at - kBefore);
  const size_t to = whole ? line.size() : to_character(line, std::min(line.size(), at + kAfter));
  const std::string head = (from > 0 ? "..." : "") + printable(line.substr(from, at - from));
  const std::string tail = printable(line.substr(at, to - at)) + (to < line.size() ? "..." : "");
  return "\n  " + head + tail + "\n  " + std::string(count_characters(head), ' ') + "^";
}

}   // namespace sluice::config
