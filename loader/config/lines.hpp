// SPDX-License-Identifier: GPL-2.0-or-later
// From byte offsets to lines and columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

struct Place {
  int line, column;   // from 1; columns count characters, not bytes
};

class Lines {
 public:
  explicit Lines(std::string_view text);   // the text must stay

  int line_of(size_t offset) const { return static_cast<int>(line_index(offset)) + 1; }
  Place place_of(size_t offset) const;   // linear in the length of the line
  // The line with a caret under the offset, each after a line break; long lines are cut around it.
  std::string excerpt(size_t offset) const;

 private:
  size_t line_index(size_t offset) const;
  std::string_view line_at(size_t index) const;

  std::string_view text_;
  std::vector<size_t> starts_;
};

}   // namespace sluice::config
