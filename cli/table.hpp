// SPDX-License-Identifier: GPL-2.0-or-later
// Borderless tables: two spaces between columns, the header in capitals, numbers to the right.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

struct Look {
  bool wide = false;   // every column, raw numbers
  bool colour = false;
};

enum class Align { kLeft, kRight };
enum class Show { kAlways, kWide };

struct Column {
  std::string_view title;
  std::string (*text)(const nlohmann::json& row, const Look& look);   // fit for a terminal
  Align align = Align::kLeft;
  Show show = Show::kAlways;
  bool is_state = false;   // coloured by what it says
};

// A table whose rows come one by one: what is kept of them is their cells.
class Table {
 public:
  Table(std::span<const Column> columns, const Look& look);
  void add(const nlohmann::json& row);   // an object; anything else is left out
  std::string render() const;            // no rows: the header alone

 private:
  std::vector<Column> columns_;
  Look look_;
  std::vector<std::vector<std::string>> lines_;   // the header first
  std::vector<size_t> widths_;
};

// `rows` is a list of objects; anything else in it is left out. No rows: the header alone.
std::string render_table(std::span<const Column> columns, const nlohmann::json& rows, const Look& look);

// "name  value" lines, the names as wide as the widest; pairs with an empty value are left out.
struct Pair {
  std::string name, value;
};
std::string render_pairs(std::span<const Pair> pairs);

std::string paint_state(std::string_view state, bool colour);   // green, yellow, red or plain

}   // namespace sluice::cli
