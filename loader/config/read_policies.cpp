// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"
#include "model/domains.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kPolicyKeys[] = {"name",    "from",     "to",    "source", "destination",
                                            "domains", "protocol", "ports", "action"};
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

}   // namespace

std::optional<std::string> read_domain(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text) return std::nullopt;
  auto pattern = domain_pattern(*text);
  if (!pattern)
    draft.complaints.say(node, fmt::format("{} is not a domain", quote(*text)),
                         R"(such as "example.org", or "*.example.org" for all names below it)");
  return pattern;
}

namespace {

// Who looks a name up opens its addresses for his own zone, and nobody closes what a name stands for.
void check_domains(const Node& node, const Policy& policy, Draft& draft) {
  if (!policy.destination.any())
    draft.complaints.say(node, "\"destination\" says already where it leads", "one of both");
  if (policy.from.size() > 1 || (!policy.from.empty() && policy.from.front() == kHostZone))
    draft.complaints.say(node, "addresses are opened for the zone that asked",
                         "one zone in \"from\", not \"host\"");
  if (policy.action != Action::kAccept)
    draft.complaints.say(node, "what is not looked up is refused in any case", R"("action": "accept")");
}

void read_domains(const Node& node, Policy& policy, Draft& draft) {
  check_domains(node, policy, draft);
  for (const Node* item : read_one_or_list(node, draft.complaints))
    if (auto pattern = read_domain(*item, draft)) policy.domains.push_back(std::move(*pattern));
  policy.destination = {.prefixes = {}, .sets = {set_of_domains(policy.name)}};
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
  if (const Node* domains = members.find("domains")) read_domains(*domains, policy, draft);
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
