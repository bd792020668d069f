// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/parse.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/syntax.hpp"
#include "config/tree_builder.hpp"

namespace sluice::config {
namespace {

// What a parser may stumble over is refused beforehand; nlohmann takes a NUL for the end of the text.
bool is_clean(std::string_view text, Complaints& complaints) {
  if (text.size() > kMostBytes) {
    complaints.say_at(0, fmt::format("the document has {} bytes", text.size()),
                      fmt::format("at most {}", kMostBytes));
  } else if (const auto bad = find_invalid_utf8(text)) {
    complaints.say_at(
        *bad, fmt::format("the byte 0x{:02x} is not UTF-8 here", static_cast<unsigned char>(text[*bad])),
        "save the document as UTF-8");
  } else if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    complaints.say_at(nul, "a NUL byte", "remove it");
  }
  return complaints.empty();
}

bool build(std::string_view text, TreeBuilder& builder) {
  return nlohmann::json::sax_parse(text.begin(), text.end(), &builder, nlohmann::json::input_format_t::json,
                                   /*strict=*/true, /*ignore_comments=*/true);
}

void say_why(std::string_view text, const TreeBuilder& builder, Complaints& complaints) {
  const auto flaw = builder.bound() ? *builder.bound() : find_flaw(text, builder.state());
  complaints.say_at(flaw.offset, flaw.reason, flaw.remedy);
}

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

// Every key that an object has twice. Parsers silently keep one of the two.
void complain_about_duplicates(const Tree& tree, Complaints& complaints) {
  for (const Node& node : tree.nodes)
    if (node.kind == Kind::kObject)
      node.count <= kSmall ? compare_each(node, complaints) : compare_by_hash(node, complaints);
}

}   // namespace

std::optional<Tree> parse_tree(std::string_view text, Complaints& complaints) {
  if (!is_clean(text, complaints)) return std::nullopt;
  Tree tree;
  TreeBuilder builder(text, tree);
  try {
    if (!build(text, builder)) {
      say_why(text, builder, complaints);
      return std::nullopt;
    }
  } catch (const std::exception& problem) {   // the library's door: no memory
    complaints.say_at(0, fmt::format("the document cannot be read: {}", problem.what()));
    return std::nullopt;
  }
  complain_about_duplicates(tree, complaints);
  return tree;
}

Result<Tree> parse_or_fail(std::string_view text, std::string_view file_name) {
  Complaints complaints(text, file_name);
  auto tree = parse_tree(text, complaints);
  if (complaints.empty()) return std::move(*tree);
  return fail(complaints.errors().front().text, ErrorKind::kInvalidDocument);
}

}   // namespace sluice::config
