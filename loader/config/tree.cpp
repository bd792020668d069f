// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "config/complaints.hpp"

namespace sluice::config {
namespace {

bool is_plain_word(std::string_view key) {
  return !key.empty() &&
         std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

std::string step_to(const Node& node, bool first) {
  return node.is_member() ? step_to_key(node.key, first) : fmt::format("[{}]", node.index);
}

}   // namespace

std::string step_to_key(std::string_view key, bool first) {
  if (!is_plain_word(key)) return fmt::format("[{}]", quote(key));
  return fmt::format("{}{}", first ? "" : ".", key);
}

std::string_view with_article(Kind kind) {
  switch (kind) {
    case Kind::kNull: return "null";
    case Kind::kBoolean: return "true or false";
    case Kind::kNumber: return "a number";
    case Kind::kString: return "a string";
    case Kind::kList: return "a list";
    case Kind::kObject: return "an object";
  }
  return "a value";
}

const Node* Node::member(std::string_view name) const {
  if (kind != Kind::kObject) return nullptr;
  for (const Node& child : children())
    if (child.key == name) return &child;
  return nullptr;
}

std::string path_of(const Node& node) {
  std::vector<const Node*> way;
  for (const Node* at = &node; at->parent; at = at->parent) way.push_back(at);
  std::string path;
  for (auto at = way.rbegin(); at != way.rend(); ++at) path += step_to(**at, path.empty());
  return path;
}

}   // namespace sluice::config
