// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a text that somebody looks for stands in what is shown, in whatever case. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sluice {

class RowFilter {
 public:
  explicit RowFilter(std::string_view text);   // empty: everything passes

  bool any() const { return !text_.empty(); }
  bool passes(std::string words) const;   // fields with spaces between them
  bool passes(const nlohmann::json& row) const;

 private:
  std::string text_;
};

}   // namespace sluice
