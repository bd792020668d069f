// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/tree_builder.hpp"

#include <fmt/format.h>

#include "config/parse.hpp"
#include "config/scan.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kByteOrderMark =
    "\xef\xbb\xbf";   // some editors begin with it; the parser skips it

}   // namespace

TreeBuilder::TreeBuilder(std::string_view text, Tree& tree) : text_(text), tree_(tree) {
  if (text.starts_with(kByteOrderMark)) state_.at = kByteOrderMark.size();
}

void TreeBuilder::adopt(Node& child) {
  child.parent = open_;
  if (!open_) return;
  child.index = open_->count++;
  (open_->last ? open_->last->next : open_->first) = &child;
  open_->last = &child;
  if (open_->kind != Kind::kObject) return;
  child.key = key_;
  child.key_begin = key_begin_;
  child.key_end = key_end_;
}

Node* TreeBuilder::add(Kind kind) {
  const size_t begin = skip_separator(text_, state_.at, state_.after == ParseState::After::kKey ? ':' : ',');
  if (tree_.nodes.size() >= kMostValues) {
    bound_ = Flaw{begin, fmt::format("the document has more than {} values", kMostValues), "split it"};
    return nullptr;
  }
  Node& node = tree_.nodes.emplace_back();
  node.kind = kind;
  node.begin = static_cast<uint32_t>(begin);
  adopt(node);
  return &node;
}

void TreeBuilder::value_ends(size_t at) {
  state_.at = at;
  state_.after = open_ ? ParseState::After::kValue : ParseState::After::kEverything;
  state_.in_object = open_ && open_->kind == Kind::kObject;
  state_.opened_at = open_ ? open_->begin : 0;
  state_.word_at = 0;
}

// Where the string that begins here ends. What is spelled as it reads was looked through by the parser.
uint32_t TreeBuilder::end_of(size_t begin, const std::string& value) const {
  const size_t end = begin + 1 + value.size();
  const bool as_it_reads =
      end < text_.size() && text_[end] == '"' && text_.compare(begin + 1, value.size(), value) == 0;
  return static_cast<uint32_t>(as_it_reads ? end + 1 : string_end(text_, begin));
}

// A string's view of the text, or of the store when the spelling has escapes.
std::string_view TreeBuilder::keep(size_t begin, size_t end, std::string& value) {
  const auto spelled = text_.substr(begin + 1, end - begin - 2);
  return spelled.size() == value.size() ? spelled
                                        : std::string_view(tree_.unescaped.emplace_back(std::move(value)));
}

bool TreeBuilder::scalar(Kind kind) {
  Node* node = add(kind);
  if (!node) return false;
  node->end = static_cast<uint32_t>(token_end(text_, node->begin));
  node->text = text_.substr(node->begin, node->end - node->begin);
  value_ends(node->end);
  state_.word_at = node->begin;
  return true;
}

bool TreeBuilder::string(std::string& value) {
  Node* node = add(Kind::kString);
  if (!node) return false;
  node->end = end_of(node->begin, value);
  node->text = keep(node->begin, node->end, value);
  value_ends(node->end);
  return true;
}

bool TreeBuilder::key(std::string& value) {
  key_begin_ = static_cast<uint32_t>(skip_separator(text_, state_.at, ','));
  key_end_ = end_of(key_begin_, value);
  key_ = keep(key_begin_, key_end_, value);
  state_.at = key_end_;
  state_.after = ParseState::After::kKey;
  state_.word_at = 0;
  return true;
}

bool TreeBuilder::open(Kind kind) {
  Node* node = add(kind);
  if (!node) return false;
  if (++depth_ > kMostDepth) {
    bound_ =
        Flaw{node->begin, fmt::format("nested deeper than {} levels", kMostDepth), "no document needs that"};
    return false;
  }
  open_ = node;
  state_ = {ParseState::After::kOpening, kind == Kind::kObject, node->begin + size_t{1}, node->begin, 0};
  return true;
}

bool TreeBuilder::close() {
  open_->end = static_cast<uint32_t>(skip_blank(text_, state_.at) + 1);
  const size_t end = open_->end;
  open_ = open_->parent;
  --depth_;
  value_ends(end);
  return true;
}

}   // namespace sluice::config
