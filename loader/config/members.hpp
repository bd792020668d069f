// SPDX-License-Identifier: GPL-2.0-or-later
// The members of an object whose keys are fixed.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "config/complaints.hpp"
#include "config/tree.hpp"

namespace sluice::config {

using Keys = std::span<const std::string_view>;

// The member, or nullptr and a complaint; of what is no object nothing more is said.
const Node* require_member(const Node& object, std::string_view key, Complaints& complaints);

// Complains when `node` is no object, about keys that nobody knows, and
// about required ones that are missing.
class Members {
 public:
  Members(const Node& node, Keys known, Complaints& complaints);

  const Node* find(std::string_view key) const { return node_.member(key); }
  const Node* require(std::string_view key) const { return require_member(node_, key, complaints_); }

 private:
  void complain_about_unknown(Keys known) const;

  const Node& node_;
  Complaints& complaints_;
};

bool expect_kind(const Node& node, Kind kind, Complaints& complaints);

// `did you mean "lan"?`, or what there is, or nothing.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates, std::string_view what);
std::vector<std::string> to_strings(Keys words);

}   // namespace sluice::config
