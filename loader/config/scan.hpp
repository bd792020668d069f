// SPDX-License-Identifier: GPL-2.0-or-later
// The lexical level of JSON with comments: where tokens begin and end. Needs no valid text: it never reads
// past the end and always moves forward.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

inline bool is_all_blank(std::string_view text, size_t from, size_t to) {
  return std::ranges::all_of(text.substr(from, to - from), is_blank);
}

// After white space and comments. A comment without an end ends with the text.
size_t skip_blank(std::string_view text, size_t at);
// As skip_blank, and over one `separator` if it is there.
size_t skip_separator(std::string_view text, size_t at, char separator);
// After the comment that begins here (the line break of a // comment is not part of it); `at` when there is
// none.
size_t comment_end(std::string_view text, size_t at);
// After the string, number or word that begins here.
size_t token_end(std::string_view text, size_t at);
// After the closing quote of the string that begins here; the end of the text when there is none.
size_t string_end(std::string_view text, size_t at);

// Where a comment without an end begins.
std::optional<size_t> find_open_comment(std::string_view text, size_t at);

// From byte offsets to lines and columns.

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
