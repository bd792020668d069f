// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/duplicates.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "config/quote.hpp"

namespace sluice::config {
namespace {

constexpr uint32_t kSmall = 16;   // up to here comparing is quicker than hashing

void complain(const Node& again, const Node& first, Complaints& complaints) {
  complaints.say_about_key(
      again, fmt::format("the key {} is already on line {}", quote(again.key), complaints.line_of(first)),
      "keep one of the two");
}

void compare_each(const Node& object, Complaints& complaints) {
  for (const Node& member : object.children()) {
    const Node* first = object.member(member.key);
    if (first != &member) complain(member, *first, complaints);
  }
}

void compare_by_hash(const Node& object, Complaints& complaints) {
  std::unordered_map<std::string_view, const Node*> seen(object.count);
  for (const Node& member : object.children()) {
    const auto [at, inserted] = seen.try_emplace(member.key, &member);
    if (!inserted) complain(member, *at->second, complaints);
  }
}

}   // namespace

void complain_about_duplicates(const Tree& tree, Complaints& complaints) {
  for (const Node& node : tree.nodes)
    if (node.kind == Kind::kObject)
      node.count <= kSmall ? compare_each(node, complaints) : compare_by_hash(node, complaints);
}

}   // namespace sluice::config
