// SPDX-License-Identifier: GPL-2.0-or-later
// How much state there may be at once, and for how long it is kept.

#include <fmt/format.h>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {

namespace {

constexpr std::string_view kTableKeys[] = {"flows", "mappings", "half_open", "flows_per_host"};
constexpr uint32_t kLeast = 1'024, kMost = 16'777'216;

std::optional<uint32_t> read_size(const Members& members, std::string_view key, Draft& draft) {
  const Node* node = members.find(key);
  return node ? read_count(*node, kLeast, kMost, draft.complaints) : std::nullopt;
}

void check_part_of_flows(std::optional<uint32_t> part, std::string_view key, const Members& members,
                         Draft& draft) {
  const auto flows = draft.tables.flows;
  if (part && flows && *part > *flows)
    draft.complaints.say(
        *members.find(key),
        fmt::format("{} are more than the {} of \"flows\"", with_commas(*part), with_commas(*flows)),
        fmt::format("at most {}", with_commas(*flows)));
}

}   // namespace

void read_tables(const Node& node, Draft& draft) {
  const Members members(node, kTableKeys, draft.complaints);
  StateLimits& tables = draft.tables;
  tables.flows = read_size(members, "flows", draft);
  tables.mappings = read_size(members, "mappings", draft);
  tables.half_open = read_size(members, "half_open", draft);
  tables.flows_per_host = read_size(members, "flows_per_host", draft);
  check_part_of_flows(tables.half_open, "half_open", members, draft);
  check_part_of_flows(tables.flows_per_host, "flows_per_host", members, draft);
}

namespace {

using std::chrono::seconds;

constexpr std::string_view kTimeoutKeys[] = {
    "tcp_established", "tcp_transitory", "udp", "udp_one_way", "icmp", "other", "port_rest"};

struct Timeout {
  std::string_view key;
  seconds Timeouts::*member;
  seconds least;
  std::string_view rfc;
};

constexpr Timeout kTimeouts[] = {
    {"tcp_established", &Timeouts::tcp_established, seconds(7440), "RFC 5382 REQ-5"},
    {"tcp_transitory", &Timeouts::tcp_transitory, seconds(240), "RFC 5382 REQ-5"},
    {"udp", &Timeouts::udp, seconds(120), "RFC 4787 REQ-5"},
    {"udp_one_way", &Timeouts::udp_one_way, seconds(120), "RFC 4787 REQ-5"},
    {"icmp", &Timeouts::icmp, seconds(60), "RFC 5508 REQ-2"},
    {"other", &Timeouts::other, seconds(0), ""},
};

void warn_if_short(const Node& node, seconds duration, seconds least, std::string_view rfc, Draft& draft) {
  if (duration < least)
    draft.complaints.warn(node, fmt::format("{} is shorter than {} allows", quote(node.text), rfc),
                          fmt::format("at least \"{}s\"", least.count()));
}

void read_timeout(const Node& node, const Timeout& timeout, Draft& draft) {
  const auto duration = read_duration(node, draft.complaints);
  if (!duration) return;
  draft.timeouts.*timeout.member = *duration;
  warn_if_short(node, *duration, timeout.least, timeout.rfc, draft);
}

void read_port_rest(const Node& node, Draft& draft) {
  draft.timeouts.port_rest = read_duration(node, draft.complaints, true);
  if (draft.timeouts.port_rest)
    warn_if_short(node, *draft.timeouts.port_rest, kPortRest, "RFC 6888 REQ-8", draft);
}

}   // namespace

void read_timeouts(const Node& node, Draft& draft) {
  const Members members(node, kTimeoutKeys, draft.complaints);
  for (const Timeout& timeout : kTimeouts)
    if (const Node* value = members.find(timeout.key)) read_timeout(*value, timeout, draft);
  read_if_there(members, "port_rest", draft, read_port_rest);
}

}   // namespace sluice::config
