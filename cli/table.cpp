// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

std::vector<Column> shown(std::span<const Column> columns, const Look& look) {
  std::vector<Column> result;
  std::ranges::copy_if(columns, std::back_inserter(result),
                       [&](const Column& column) { return look.wide || column.show == Show::kAlways; });
  return result;
}

// Padded outside the colour: escape sequences have no width.
std::string pad(const std::string& cell, const std::string& painted, size_t width, Align align) {
  const std::string blank(width - std::min(width, display_width(cell)), ' ');
  return align == Align::kRight ? blank + painted : painted + blank;
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string render_line(const std::vector<Column>& columns, const std::vector<std::string>& cells,
                        const std::vector<size_t>& widths, bool colour) {
  std::string out;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& cell = cells[i];
    const auto painted = columns[i].is_state ? paint_state(cell, colour) : cell;
    out += (i == 0 ? "" : "  ") + pad(cell, painted, widths[i], columns[i].align);
  }
  return without_trailing_blanks(std::move(out)) + "\n";
}

std::string bold(const std::string& line, bool colour) {
  return colour ? "\033[1m" + line.substr(0, line.size() - 1) + "\033[0m\n" : line;
}

}   // namespace

Table::Table(std::span<const Column> columns, const Look& look)
    : columns_(shown(columns, look)), look_(look), lines_(1) {
  for (const auto& column : columns_) {
    lines_[0].emplace_back(column.title);
    widths_.push_back(display_width(lines_[0].back()));
  }
}

void Table::add(const nlohmann::json& row) {
  if (!row.is_object()) return;
  auto& cells = lines_.emplace_back();
  for (size_t i = 0; i < columns_.size(); ++i) {
    cells.push_back(columns_[i].text(row, look_));
    widths_[i] = std::max(widths_[i], display_width(cells.back()));
  }
}

std::string Table::render() const {
  std::string out = bold(render_line(columns_, lines_[0], widths_, false), look_.colour);
  for (size_t i = 1; i < lines_.size(); ++i) out += render_line(columns_, lines_[i], widths_, look_.colour);
  return out;
}

std::string render_table(std::span<const Column> columns, const nlohmann::json& rows, const Look& look) {
  Table table(columns, look);
  for (const auto& row : rows) table.add(row);
  return table.render();
}

std::string render_pairs(std::span<const Pair> pairs) {
  size_t width = 0;
  for (const auto& pair : pairs)
    if (!pair.value.empty()) width = std::max(width, display_width(pair.name));
  std::string out;
  for (const auto& pair : pairs)
    if (!pair.value.empty()) out += pad(pair.name, pair.name, width, Align::kLeft) + "  " + pair.value + "\n";
  return out;
}

std::string paint_state(std::string_view state, bool colour) {
  constexpr std::string_view kGood[] = {"ok", "up", "established", "running", "active", "accept"};
  constexpr std::string_view kDoubtful[] = {"warning",  "half-open", "closing",
                                            "degraded", "reject",    "expired"};
  constexpr std::string_view kBad[] = {"bad",  "down", "no-carrier", "missing", "failed",
                                       "drop", "lost", "held",       "blocked"};
  const auto is_one_of = [&](const auto& list) { return std::ranges::find(list, state) != std::end(list); };
  const int code = is_one_of(kGood) ? 32 : is_one_of(kDoubtful) ? 33 : is_one_of(kBad) ? 31 : 0;
  return colour && code != 0 ? fmt::format("\033[{}m{}\033[0m", code, state) : std::string(state);
}

}   // namespace sluice::cli
