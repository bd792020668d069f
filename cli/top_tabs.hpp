// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of `sluice top`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/feed.hpp"
#include "cli/table.hpp"

namespace sluice::cli {

struct TopColumn {
  Column column;
  std::string_view sort = {};   // the field that the daemon orders by; empty: it has no such order
  int rank = 0;                 // where there is too little room the highest goes first; 0: stays
};

struct TopTab {
  TopKind kind;
  std::span<const TopColumn> columns;
  size_t usual;               // the column that it is ordered by at first
  std::string_view nothing;   // what is said where there are no rows
};

std::span<const TopTab> top_tabs();   // in the order of TopKind
// What tells a row apart from the others of its table.
std::string key_of_row(TopKind kind, const nlohmann::json& row);

}   // namespace sluice::cli
