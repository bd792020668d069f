// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kLimitKeys[] = {"name",        "from",     "to",    "interface", "source",
                                           "destination", "protocol", "ports", "forward",   "direction",
                                           "key",         "rate",     "burst", "action"};
constexpr std::string_view kActionKeys[] = {"dscp"};
constexpr std::string_view kDirections[] = {"original", "reply", "both"};
constexpr uint64_t kLeastBytes = 1'500, kMostSeconds = 3'600;

std::vector<std::string> read_interfaces_of(const Node& node, Draft& draft) {
  std::vector<std::string> names;
  for (const Node* item : read_one_or_list(node, draft.complaints))
    if (const auto name = read_string(*item, draft.complaints)) {
      draft.interface_names.push_back({*name, item});
      names.emplace_back(*name);
    }
  return names;
}

void read_where(const Members& members, Limit& limit, Draft& draft) {
  if (members.find("from")) limit.from = read_side(members, "from", true, draft);
  if (members.find("to")) limit.to = read_side(members, "to", true, draft);
  if (const Node* interfaces = members.find("interface"))
    limit.interfaces = read_interfaces_of(*interfaces, draft);
  if (const Node* forward = members.find("forward"))
    if (const auto name = read_string(*forward, draft.complaints)) {
      draft.forward_names.push_back({*name, forward});
      limit.forward = *name;
    }
  if (const Node* direction = members.find("direction"))
    if (const auto word = read_word(*direction, kDirections, draft.complaints))
      limit.direction = static_cast<LimitDirection>(*word);
}

void read_limit_key(const Node& node, Limit& limit, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  const auto key = text ? parse_limit_key(*text) : std::nullopt;
  if (key)
    limit.key = *key;
  else if (text)
    draft.complaints.say(node, fmt::format("{} is nothing to count by", quote(*text)),
                         R"("rule", "source", "destination", "flow", "vrf" or "endpoint"; addresses also )"
                         R"(by prefix, such as "source/24" or, with IPv6's length, "source/24/56")");
}

bool read_rate_of(const Members& members, Limit& limit, Draft& draft) {
  const Node* node = members.require("rate");
  const auto rate = node ? read_rate(*node, true, draft.complaints) : std::nullopt;
  if (rate) limit.rate = *rate;
  return rate.has_value();
}

void check_burst(const Node& node, const Limit& limit, Complaints& complaints) {
  const uint64_t a_second = limit.rate.packets ? limit.rate.amount : bytes_per_second(limit.rate);
  if (*limit.burst < (limit.rate.packets ? 1 : kLeastBytes))
    complaints.say(node, fmt::format("{} holds no packet", quote(node.text)),
                   limit.rate.packets ? R"(at least "1p")" : R"(at least "1500B")");
  else if (*limit.burst / a_second >= kMostSeconds)
    complaints.say(node, fmt::format("{} takes longer than an hour to save up", quote(node.text)),
                   "a smaller burst, or a higher rate");
  else if (!limit.rate.packets && *limit.burst < kLargestPacket)
    complaints.warn(
        node,
        fmt::format("{} is less than the packets that devices merge: they pass a full bucket only",
                    quote(node.text)),
        fmt::format(R"(at least "{}B")", kLargestPacket));
}

void read_burst(const Node& node, Limit& limit, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text) return;
  limit.burst = parse_burst(*text, limit.rate.packets);
  if (limit.burst) return check_burst(node, limit, draft.complaints);
  draft.complaints.say(node, fmt::format("{} is not a burst for this rate", quote(*text)),
                       limit.rate.packets ? R"(packets, such as "100p")"
                                          : R"(a whole number with its unit B, kB or MB, such as "64kB")");
}

void read_limit_action(const Node& node, Limit& limit, Draft& draft) {
  if (node.kind == Kind::kString) {
    if (node.text != "drop")
      draft.complaints.say(node, fmt::format("{} is not known here", quote(node.text)),
                           R"("drop", or { "dscp": 8 } to mark what exceeds)");
    return;
  }
  const Members members(node, kActionKeys, draft.complaints);
  const Node* dscp = node.kind == Kind::kObject ? members.require("dscp") : nullptr;
  const auto number = dscp ? read_count(*dscp, 0, 63, draft.complaints) : std::nullopt;
  if (number) limit.dscp = static_cast<uint8_t>(*number);
}

void read_limit(const Node& node, Names& names, Draft& draft) {
  const Members members(node, kLimitKeys, draft.complaints);
  Limit limit;
  limit.name = names.read(node);
  read_where(members, limit, draft);
  read_what(members, limit, draft);
  if (const Node* key = members.find("key")) read_limit_key(*key, limit, draft);
  const bool has_rate = read_rate_of(members, limit, draft);
  if (const Node* burst = members.find("burst"); burst && has_rate) read_burst(*burst, limit, draft);
  if (const Node* action = members.find("action")) read_limit_action(*action, limit, draft);
  limit.line = draft.complaints.line_of(node);
  draft.limits.push_back({std::move(limit), &node});
}

}   // namespace

void read_limits(const Node& node, Draft& draft) {
  Names names(draft.complaints);
  for (const Node* item : read_list(node, draft.complaints)) read_limit(*item, names, draft);
}

}   // namespace sluice::config
