// SPDX-License-Identifier: GPL-2.0-or-later
// How much state there may be at once.
#include <fmt/format.h>

#include "base/text.hpp"
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

}   // namespace sluice::config
