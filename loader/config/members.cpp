// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/members.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/quote.hpp"

namespace sluice::config {

std::vector<std::string> to_strings(Keys words) { return {words.begin(), words.end()}; }

std::string suggest(std::string_view word, const std::vector<std::string>& candidates,
                    std::string_view what) {
  constexpr size_t kMostListed = 12;
  if (const auto meant = did_you_mean(word, candidates))
    return fmt::format("did you mean {}?", quote(*meant));
  if (candidates.empty() || candidates.size() > kMostListed) return {};
  return fmt::format("{}: {}", what, join(candidates, ", "));
}

bool expect_kind(const Node& node, Kind kind, Complaints& complaints) {
  if (node.kind == kind) return true;
  complaints.say(node, fmt::format("expected {}, found {}", with_article(kind), with_article(node.kind)));
  return false;
}

Members::Members(const Node& node, Keys known, Complaints& complaints)
    : node_(node), complaints_(complaints) {
  if (expect_kind(node, Kind::kObject, complaints)) complain_about_unknown(known);
}

void Members::complain_about_unknown(Keys known) const {
  for (const Node& member : node_.children()) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const auto remedy = complaints_.full() ? "" : suggest(member.key, to_strings(known), "known keys");
    complaints_.say_about_key(member, fmt::format("unknown key {}", quote(member.key)), remedy);
  }
}

const Node* require_member(const Node& object, std::string_view key, Complaints& complaints) {
  const Node* found = object.member(key);
  if (!found && object.kind == Kind::kObject)
    complaints.say(object, fmt::format("{} is missing", quote(key)));
  return found;
}

}   // namespace sluice::config
