// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/unified_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <dtl/dtl.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace sluice {
namespace {

constexpr size_t kContext = 3;   // lines

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();   // behind the last line end
  return lines;
}

// One line of the result: of the old text, of the new one, or (' ') of both.
struct DiffLine {
  char sign;
  std::string_view text;
};

char sign_of(dtl::edit_t edit) { return edit == dtl::SES_ADD ? '+' : edit == dtl::SES_DELETE ? '-' : ' '; }

// The library's own hunks count the lines of an empty text from 1, which diff and patch do not.
std::vector<DiffLine> diff_lines(const Lines& before, const Lines& after) {
  dtl::Diff<std::string_view> search(before, after);
  search.compose();
  std::vector<DiffLine> lines;
  for (const auto& [text, info] : search.getSes().getSequence()) lines.push_back({sign_of(info.type), text});
  return lines;
}

// A range of lines as the head of a hunk writes it: from 1, and of an empty one the line before it.
std::string range_of(size_t first, size_t count) {
  return count == 1 ? fmt::format("{}", first + 1)
                    : fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

// Both positions behind the lines that were written already.
struct Position {
  size_t before = 0, after = 0;
  void pass(const DiffLine& line) {
    before += line.sign != '+';
    after += line.sign != '-';
  }
};

std::string hunk(std::span<const DiffLine> lines, Position& at) {
  const Position from = at;
  std::string body;
  for (const DiffLine& line : lines) {
    at.pass(line);
    body += fmt::format("{}{}\n", line.sign, line.text);
  }
  return fmt::format("@@ -{} +{} @@\n{}", range_of(from.before, at.before - from.before),
                     range_of(from.after, at.after - from.after), body);
}

// Behind the last line of a hunk that begins at `from`: changes that are near belong together.
size_t end_of_hunk(std::span<const DiffLine> lines, size_t from) {
  size_t last = from;
  for (size_t i = from; i < lines.size() && i <= last + 2 * kContext + 1; ++i)
    if (lines[i].sign != ' ') last = i;
  return std::min(last + kContext + 1, lines.size());
}

}   // namespace

std::string unified_diff(const DiffSide& before, const DiffSide& after) {
  if (before.text == after.text) return {};
  const auto lines = diff_lines(lines_of(before.text), lines_of(after.text));
  std::string text = fmt::format("--- {}\n+++ {}\n", before.name, after.name);
  Position at;
  for (size_t i = 0; i < lines.size();) {
    const auto change = std::ranges::find_if(lines.begin() + static_cast<std::ptrdiff_t>(i), lines.end(),
                                             [](const DiffLine& line) { return line.sign != ' '; });
    if (change == lines.end()) break;
    const auto found = static_cast<size_t>(change - lines.begin());
    const size_t from = std::max(i, found - std::min(found, kContext));
    for (; i < from; ++i) at.pass(lines[i]);
    const size_t end = end_of_hunk(lines, found);
    text += hunk(std::span(lines).subspan(from, end - from), at);
    i = end;
  }
  return text;
}

}   // namespace sluice
