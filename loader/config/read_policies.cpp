// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/quote.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kPolicyKeys[] = {"name",        "from",     "to",    "source",
                                            "destination", "protocol", "ports", "action"};
constexpr std::string_view kActions[] = {"accept", "drop", "reject"};

bool has_ports(uint8_t protocol) {
  constexpr uint8_t kWithPorts[] = {6, 17, 132, 136};   // TCP, UDP, SCTP, UDP-Lite
  return std::find(std::begin(kWithPorts), std::end(kWithPorts), protocol) != std::end(kWithPorts);
}

// `protocol` was read from a value that may have been wrong; then nothing more is to be said.
void check_ports_fit(const Node& ports, const Node* protocol, const Policy& policy, Complaints& complaints) {
  constexpr auto kRemedy = R"(name tcp, udp, sctp or udplite in "protocol", and nothing else)";
  if (!protocol) return complaints.say(ports, "ports without a protocol", kRemedy);
  for (const uint8_t number : policy.protocols)
    if (!has_ports(number))
      return complaints.say(ports, fmt::format("{} has no ports", quote(protocol_name(number))), kRemedy);
}

void read_action(const Members& members, Policy& policy, Draft& draft) {
  const Node* node = members.require("action");
  const auto word = node ? read_word(*node, kActions, draft.complaints) : std::nullopt;
  if (word) policy.action = static_cast<Action>(*word);
}

void read_what(const Members& members, Policy& policy, Draft& draft) {
  if (const Node* source = members.find("source")) policy.source = read_match(*source, draft);
  if (const Node* destination = members.find("destination"))
    policy.destination = read_match(*destination, draft);
  const Node* protocol = members.find("protocol");
  if (protocol) policy.protocols = read_protocols(*protocol, draft.complaints);
  const Node* ports = members.find("ports");
  if (!ports) return;
  policy.ports = read_ports(*ports, draft.complaints);
  check_ports_fit(*ports, protocol, policy, draft.complaints);
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
  Names names(draft.complaints);
  for (const Node* item : read_list(node, draft.complaints)) read_policy(*item, names, draft);
}

}   // namespace sluice::config
