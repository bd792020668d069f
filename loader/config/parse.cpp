// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/parse.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "config/duplicates.hpp"
#include "config/quote.hpp"
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

}   // namespace sluice::config
