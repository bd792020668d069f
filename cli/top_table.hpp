// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of `sluice top` as lines of a screen. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/top_tabs.hpp"

namespace sluice::cli {

struct TopTable {
  std::string header;
  std::vector<std::string> rows;   // in the order of what was given
};

// Printable ASCII, no line longer than `width`: columns that find no room are left out, and of long cells the
// middle. `sorted`: the column whose title says so.
TopTable top_table(std::span<const TopColumn> columns, std::span<const nlohmann::json> rows, size_t sorted,
                   size_t width);

// Whether one of its cells has this text, in whatever case.
bool has_cell_with(std::span<const TopColumn> columns, const nlohmann::json& row, const std::string& text);

}   // namespace sluice::cli
