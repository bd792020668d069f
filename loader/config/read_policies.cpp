// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kPolicyKeys[] = {"name",        "from",     "to",    "source",
                                            "destination", "protocol", "ports", "action"};
constexpr std::string_view kActions[] = {"accept", "drop", "reject"};

void read_action(const Members& members, Policy& policy, Draft& draft) {
  const Node* node = members.require("action");
  const auto word = node ? read_word(*node, kActions, draft.complaints) : std::nullopt;
  if (word) policy.action = static_cast<Action>(*word);
}

void check_not_reserved(const Members& members, const Policy& policy, Draft& draft) {
  if (policy.name == "default")
    draft.complaints.say(*members.find("name"), "the name \"default\" stands for what no policy matches",
                         "another name");
}

void read_policy(const Node& node, Names& names, Draft& draft) {
  const Members members(node, kPolicyKeys, draft.complaints);
  Policy policy;
  policy.name = names.read(node);
  check_not_reserved(members, policy, draft);
  policy.from = read_side(members, "from", true, draft);
  policy.to = read_side(members, "to", true, draft);
  read_what(members, policy, draft);
  read_action(members, policy, draft);
  policy.line = draft.complaints.line_of(node);
  draft.policies.push_back({std::move(policy), &node});
}

}   // namespace

void read_policies(const Node& node, Draft& draft) {
  const Items items = read_list(node, draft.complaints);
  Names names(draft.complaints, items.size());
  draft.policies.reserve(items.size());
  for (const Node* item : items) read_policy(*item, names, draft);
}

}   // namespace sluice::config
