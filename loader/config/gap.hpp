// SPDX-License-Identifier: GPL-2.0-or-later
// What lies between two tokens: comments, blank lines, and a comma or colon.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

struct Comment {
  std::string_view text;       // with its slashes, without white space at the end
  bool blank_before = false;   // an empty line stands before it
};

struct Gap {
  std::vector<Comment> trailing;   // they end the line of the token before
  std::vector<Comment> leading;    // they stand before the next token
  bool blank_at_end = false;       // an empty line stands before the next token
  bool empty() const { return trailing.empty() && leading.empty(); }
};

// Comments between `from` and `to`. What stands on the line of the token before belongs to that one,
// unless the next token stands there too.
Gap read_gap(std::string_view text, size_t from, size_t to);

}   // namespace sluice::config
