// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/layout.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "config/parse.hpp"
#include "config/scan.hpp"

namespace sluice::config {
namespace {

// What lies between two tokens: comments, blank lines, and a comma or colon.
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

struct Piece {
  Comment comment;
  size_t breaks_before;   // line breaks between it and what stands before
};

std::string_view without_blank_end(std::string_view comment) {
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

// Comments between `from` and `to`. What stands on the line of the token before belongs to that one,
// unless the next token stands there too.
Gap read_gap(std::string_view text, size_t from, size_t to) {
  std::vector<Piece> pieces;
  size_t at = from;
  size_t breaks = pass_blank(text, at, to);
  while (at < to) {
    const size_t end = comment_end(text, at);
    pieces.push_back({{without_blank_end(text.substr(at, end - at)), breaks > 1}, breaks});
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

bool is_container(const Node& node) { return node.kind == Kind::kList || node.kind == Kind::kObject; }
char opening(const Node& node) { return node.kind == Kind::kList ? '[' : '{'; }
char closing(const Node& node) { return node.kind == Kind::kList ? ']' : '}'; }

int depth_of(const Node& node) {
  int depth = 0;
  for (const Node* at = node.parent; at; at = at->parent) ++depth;
  return depth;
}

// A rule on one line is read as one thing; lists of rules and the sections of a document never are.
bool may_be_flat(const Node& node) {
  if (node.kind == Kind::kObject && depth_of(node) < 2) return false;
  for (const Node& child : node.children())
    if (child.kind == Kind::kObject || !may_be_flat(child)) return false;
  return true;
}

class Layout {
 public:
  explicit Layout(std::string_view text) : text_(text) {}

  std::string write(const Node& root) {
    write_leading(gap(0, root.begin, true), 0);
    write_value(root, 0);
    const Gap after = gap(root.end, text_.size());
    write_trailing(after);
    if (!after.leading.empty()) {
      new_line(0);
      if (blank_first(after)) new_blank_line(0);
      write_leading(after, 0, false);
    }
    return std::move(out_) + "\n";
  }

 private:
  Gap gap(size_t from, size_t to, bool at_start = false) const {
    Gap gap = read_gap(text_, from, to);
    if (at_start) {   // nothing stands before that could be trailed
      gap.leading.insert(gap.leading.begin(), gap.trailing.begin(), gap.trailing.end());
      gap.trailing.clear();
    }
    return gap;
  }

  std::string_view spelled(size_t begin, size_t end) const { return text_.substr(begin, end - begin); }

  void new_line(size_t indent) { out_.append("\n").append(indent, ' '); }

  void write_trailing(const Gap& gap) {
    for (const auto& comment : gap.trailing) out_.append(" ").append(comment.text);
  }

  // Each comment on a line of its own; the cursor stands at the start of a line, before and after.
  void write_leading(const Gap& gap, size_t indent, bool line_after = true) {
    for (size_t i = 0; i < gap.leading.size(); ++i) {
      if (i > 0 && gap.leading[i].blank_before) new_blank_line(indent);
      out_ += gap.leading[i].text;
      if (line_after || i + 1 < gap.leading.size()) new_line(indent);
    }
    if (line_after && !gap.leading.empty() && gap.blank_at_end) new_blank_line(indent);
  }

  void new_blank_line(size_t indent) {
    out_.erase(out_.find_last_not_of(' ') + 1);
    new_line(indent);
  }

  static bool blank_first(const Gap& gap) {
    return gap.leading.empty() ? gap.blank_at_end : gap.leading[0].blank_before;
  }

  void write_key(const Node& node) {
    if (node.is_member()) out_.append(spelled(node.key_begin, node.key_end)).append(": ");
  }

  void write_value(const Node& node, size_t indent) {
    if (!is_container(node)) {
      out_ += spelled(node.begin, node.end);
    } else if (const auto line = flat(node, indent)) {
      out_ += *line;
    } else {
      write_lines(node, indent);
    }
  }

  void write_lines(const Node& node, size_t indent) {
    out_ += opening(node);
    size_t from = node.begin + size_t{1};
    for (const Node& child : node.children()) from = write_child(child, from, indent + kIndent);
    const Gap last = gap(from, node.end - size_t{1});
    write_trailing(last);
    write_last_comments(node, last, indent + kIndent);
    new_line(indent);
    out_ += closing(node);
  }

  void write_last_comments(const Node& node, const Gap& last, size_t indent) {
    if (last.leading.empty()) return;
    new_line(indent);
    if (node.count > 0 && blank_first(last)) new_blank_line(indent);
    write_leading(last, indent, false);
  }

  // Comments between a key and its value are moved before the key.
  Gap gap_before(const Node& child, size_t from) const {
    Gap before = gap(from, child.start());
    if (!child.is_member()) return before;
    const Gap inner = gap(child.key_end, child.begin);
    for (const auto* list : {&inner.trailing, &inner.leading})
      for (const auto& comment : *list)
        before.leading.push_back({comment.text, before.leading.empty() && before.blank_at_end});
    if (!inner.empty()) before.blank_at_end = false;
    return before;
  }

  size_t write_child(const Node& child, size_t from, size_t indent) {
    const Gap before = gap_before(child, from);
    if (child.index > 0) out_ += ',';
    write_trailing(before);
    new_line(indent);
    if (child.index > 0 && blank_first(before)) new_blank_line(indent);
    write_leading(before, indent);
    write_key(child);
    write_value(child, indent);
    return child.end;
  }

  // The value on one line, if it may stand so and fits.
  std::optional<std::string> flat(const Node& node, size_t indent) const {
    if (node.count > 0 && !may_be_flat(node)) return std::nullopt;
    std::string line;
    const size_t key = node.is_member() ? node.key_end - node.key_begin + size_t{2} : 0;
    const size_t room = kWidth - std::min(kWidth, indent + key + 1);   // a comma follows
    return append_flat(node, line, room) ? std::optional(std::move(line)) : std::nullopt;
  }

  bool append_flat(const Node& node, std::string& line, size_t room) const {
    if (!is_container(node)) {
      line += spelled(node.begin, node.end);
      return line.size() <= room;
    }
    const char* space = node.kind == Kind::kObject && node.count > 0 ? " " : "";
    line.append(1, opening(node)).append(space);
    size_t from = node.begin + size_t{1};
    for (const Node& child : node.children()) {
      if (child.index > 0) line += ", ";
      if (!gap_before(child, from).empty()) return false;
      if (child.is_member()) line.append(spelled(child.key_begin, child.key_end)).append(": ");
      if (!append_flat(child, line, room)) return false;
      from = child.end;
    }
    if (!gap(from, node.end - size_t{1}).empty()) return false;
    line.append(space).append(1, closing(node));
    return line.size() <= room;
  }

  std::string_view text_;
  std::string out_;
};

}   // namespace

std::string lay_out(std::string_view text, const Tree& tree) { return Layout(text).write(tree.root()); }

}   // namespace sluice::config

namespace sluice {

Result<std::string> format_document(std::string_view text, std::string_view file_name) {
  const auto tree = TRY(config::parse_or_fail(text, file_name));
  return config::lay_out(text, tree);
}

}   // namespace sluice
