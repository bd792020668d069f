// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/gap.hpp"

#include <algorithm>

#include "config/scan.hpp"

namespace sluice::config {
namespace {

struct Piece {
  Comment comment;
  size_t breaks_before;   // line breaks between it and what stands before
};

std::string_view trimmed(std::string_view comment) {
  while (is_blank(comment.back())) comment.remove_suffix(1);
  return comment;
}

// Counts line breaks up to the next comment or the end; commas and colons are passed over.
size_t pass_blank(std::string_view text, size_t& at, size_t to) {
  size_t breaks = 0;
  for (; at < to && text[at] != '/'; ++at)
    breaks += text[at] == '\n' || (text[at] == '\r' && text.substr(at + 1, 1) != "\n");
  return breaks;
}

// Whether the first pieces end a line: a line break or the end of all follows on their line.
size_t count_trailing(const std::vector<Piece>& pieces, size_t breaks_at_end, bool at_end_of_text) {
  size_t count = 0;
  while (count < pieces.size() && pieces[count].breaks_before == 0) ++count;
  const bool all = count == pieces.size();
  const bool next_on_same_line = all && breaks_at_end == 0 && !at_end_of_text;
  return next_on_same_line ? 0 : count;
}

}   // namespace

Gap read_gap(std::string_view text, size_t from, size_t to) {
  std::vector<Piece> pieces;
  size_t at = from;
  size_t breaks = pass_blank(text, at, to);
  while (at < to) {
    const size_t end = comment_end(text, at);
    pieces.push_back({{trimmed(text.substr(at, end - at)), breaks > 1}, breaks});
    at = end;
    breaks = pass_blank(text, at, to);
  }
  const auto split = static_cast<std::ptrdiff_t>(count_trailing(pieces, breaks, to == text.size()));
  Gap gap;
  for (auto piece = pieces.begin(); piece != pieces.end(); ++piece)
    (piece < pieces.begin() + split ? gap.trailing : gap.leading).push_back(piece->comment);
  gap.blank_at_end = breaks > 1;
  return gap;
}

}   // namespace sluice::config
