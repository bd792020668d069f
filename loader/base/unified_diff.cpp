// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/unified_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace sluice {
namespace {

constexpr size_t kContext = 3;     // lines
constexpr int kMostEdits = 2000;   // the search keeps a row for each: 16 MiB at most

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

// Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): how far each diagonal k (old minus new
// lines) is reached with so many edits.
class EditSearch {
 public:
  EditSearch(const Lines& before, const Lines& after) : before_(before), after_(after) {}

  // Nothing: there are too many.
  std::vector<DiffLine> find() {
    const int old_size = static_cast<int>(before_.size()), new_size = static_cast<int>(after_.size());
    std::vector<int> reach{0};
    for (int edits = 0; edits <= std::min(old_size + new_size, kMostEdits); ++edits) {
      reach = next_reach(reach, edits);
      rows_.push_back(reach);
      const int k = old_size - new_size;
      if (std::abs(k) <= edits && (k + edits) % 2 == 0 && reach[k + edits] >= old_size) return walk_back();
    }
    return {};
  }

 private:
  // Row `edits` holds the diagonals -edits to edits.
  static bool goes_down(const std::vector<int>& row, int k, int edits) {
    return k == -edits || (k != edits && at(row, k - 1, edits - 1) < at(row, k + 1, edits - 1));
  }
  static int at(const std::vector<int>& row, int k, int edits) {
    return std::abs(k) <= edits && k + edits < static_cast<int>(row.size()) ? row[k + edits] : -1;
  }

  std::vector<int> next_reach(const std::vector<int>& last, int edits) const {
    std::vector<int> reach(2 * edits + 1, -1);
    for (int k = -edits; k <= edits; k += 2) {
      int x = 0;
      if (edits > 0)
        x = goes_down(last, k, edits) ? at(last, k + 1, edits - 1) : at(last, k - 1, edits - 1) + 1;
      while (is_same(x, x - k)) ++x;
      reach[k + edits] = x;
    }
    return reach;
  }

  bool is_same(int x, int y) const {
    return x >= 0 && y >= 0 && x < static_cast<int>(before_.size()) && y < static_cast<int>(after_.size()) &&
           before_[x] == after_[y];
  }

  std::vector<DiffLine> walk_back() const {
    std::vector<DiffLine> lines;
    int x = static_cast<int>(before_.size()), y = static_cast<int>(after_.size());
    for (int edits = static_cast<int>(rows_.size()) - 1; edits >= 0; --edits) {
      const bool down = edits > 0 && goes_down(rows_[edits - 1], x - y, edits);
      const int k = edits == 0 ? 0 : down ? x - y + 1 : x - y - 1;
      const int from = edits == 0 ? 0 : at(rows_[edits - 1], k, edits - 1);
      const int begin = edits == 0 ? 0 : down ? from : from + 1;
      for (; x > begin; --x, --y) lines.push_back({' ', before_[x - 1]});
      if (edits == 0) break;
      if (down)
        lines.push_back({'+', after_[--y]});
      else
        lines.push_back({'-', before_[--x]});
    }
    std::ranges::reverse(lines);
    return lines;
  }

  const Lines &before_, &after_;
  std::vector<std::vector<int>> rows_;
};

std::vector<DiffLine> replaced(const Lines& before, const Lines& after) {
  std::vector<DiffLine> lines;
  for (const auto& line : before) lines.push_back({'-', line});
  for (const auto& line : after) lines.push_back({'+', line});
  return lines;
}

std::vector<DiffLine> diff_lines(Lines before, Lines after) {
  const size_t shorter = std::min(before.size(), after.size());
  size_t head = 0, tail = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  std::vector<DiffLine> lines, end;
  for (size_t i = 0; i < head; ++i) lines.push_back({' ', before[i]});
  for (size_t i = before.size() - tail; i < before.size(); ++i) end.push_back({' ', before[i]});
  for (Lines* side : {&before, &after}) {
    side->resize(side->size() - tail);
    side->erase(side->begin(), side->begin() + static_cast<std::ptrdiff_t>(head));
  }
  auto middle = EditSearch(before, after).find();
  if (middle.empty()) middle = replaced(before, after);
  lines.insert(lines.end(), middle.begin(), middle.end());
  lines.insert(lines.end(), end.begin(), end.end());
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
