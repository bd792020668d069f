// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of JSON from GET /v1/monitor/ in words.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/line_pieces.hpp"

namespace sluice::cli {

// Without an end of line.
std::string monitor_line(const nlohmann::json& row, bool colour);

class MonitorText {
 public:
  explicit MonitorText(bool colour) : colour_(colour) {}

  // Of the lines that are complete now.
  std::string take(std::string_view piece);

 private:
  const bool colour_;
  LinePieces lines_;
};

}   // namespace sluice::cli
