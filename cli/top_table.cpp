// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/top_table.hpp"

#include <algorithm>
#include <numeric>

#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr size_t kBetween = 2;       // blanks between columns
constexpr size_t kLeastColumn = 9;   // that a cell of text is cut to

struct Cells {
  const TopColumn* column;
  std::vector<std::string> cells;   // the title first
  size_t width = 0;

  bool is_text() const { return column->column.align == Align::kLeft; }
};

Cells cells_of(const TopColumn& column, std::span<const json> rows, bool is_sorted) {
  Cells made{&column, {std::string(column.column.title) + (is_sorted ? "*" : "")}};
  for (const json& row : rows) made.cells.push_back(ascii_of(column.column.text(row, {})));
  for (const std::string& cell : made.cells) made.width = std::max(made.width, cell.size());
  return made;
}

size_t width_of(const std::vector<Cells>& all) {
  return std::accumulate(all.begin(), all.end(), kBetween * (std::max<size_t>(all.size(), 1) - 1),
                         [](size_t sum, const Cells& one) { return sum + one.width; });
}

void leave_out(std::vector<Cells>& all, size_t width) {
  while (width_of(all) > width) {
    const auto last = std::ranges::max_element(all, {}, [](const Cells& one) { return one.column->rank; });
    if (last == all.end() || last->column->rank == 0) return;
    all.erase(last);
  }
}

// Both ends say more than the middle: the beginning of an address, and its port.
std::string without_middle(const std::string& cell, size_t width) {
  if (cell.size() <= width || width < 3) return cell.substr(0, width);
  const size_t front = (width - 2) / 2;
  return cell.substr(0, front) + ".." + cell.substr(cell.size() - (width - 2 - front));
}

// The longest are cut first.
void make_narrow(std::vector<Cells>& all, size_t width) {
  while (width_of(all) > width) {
    Cells* longest = nullptr;
    for (Cells& one : all)
      if (one.is_text() && one.width > kLeastColumn && (!longest || one.width > longest->width))
        longest = &one;
    if (!longest) return;
    --longest->width;
  }
}

std::string line_of(const std::vector<Cells>& all, size_t row, size_t width) {
  std::string line;
  for (const Cells& one : all) {
    const std::string cell = without_middle(one.cells[row], one.width);
    const std::string blank(one.width - cell.size(), ' ');
    if (&one != &all.front()) line.append(kBetween, ' ');
    line += one.is_text() ? cell + blank : blank + cell;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  if (line.size() <= width) return line;
  line.resize(width);
  if (width > 1) line.back() = '>';   // more of it does not fit
  return line;
}

std::string in_small(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}   // namespace

TopTable top_table(std::span<const TopColumn> columns, std::span<const json> rows, size_t sorted,
                   size_t width) {
  std::vector<Cells> all;
  for (size_t i = 0; i < columns.size(); ++i) all.push_back(cells_of(columns[i], rows, i == sorted));
  leave_out(all, width);
  make_narrow(all, width);
  TopTable table{.header = line_of(all, 0, width), .rows = {}};
  for (size_t i = 1; i <= rows.size(); ++i) table.rows.push_back(line_of(all, i, width));
  return table;
}

bool has_cell_with(std::span<const TopColumn> columns, const json& row, const std::string& text) {
  const std::string wanted = in_small(text);
  return std::ranges::any_of(columns, [&](const TopColumn& column) {
    return in_small(column.column.text(row, {})).find(wanted) != std::string::npos;
  });
}

}   // namespace sluice::cli
