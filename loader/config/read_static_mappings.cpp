// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/address_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kStaticMappingKeys[] = {"name", "outside", "inside", "vrf", "checksum_neutral"};

std::optional<Prefix> read_side_prefix(const Members& members, std::string_view key, Draft& draft) {
  const Node* node = members.require(key);
  return node ? read_prefix(*node, draft.complaints) : std::nullopt;
}

void read_static_mapping(const Node& node, Names& names, Draft& draft) {
  const Members members(node, kStaticMappingKeys, draft.complaints);
  auto name = names.read(node);
  const auto outside = read_side_prefix(members, "outside", draft),
             inside = read_side_prefix(members, "inside", draft);
  const Node* neutral = members.find("checksum_neutral");
  const bool is_neutral = neutral && read_bool(*neutral, draft.complaints).value_or(false);
  auto vrf = read_vrf_name(members, "vrf", draft);
  if (!outside || !inside) return;
  draft.static_mappings.push_back({{.name = std::move(name),
                                    .outside = *outside,
                                    .inside = *inside,
                                    .vrf = std::move(vrf),
                                    .checksum_neutral = is_neutral,
                                    .line = draft.complaints.line_of(node)},
                                   &node});
}

}   // namespace

void read_static_mappings(const Node& node, Draft& draft) {
  Names names(draft.complaints);
  for (const Node* item : read_list(node, draft.complaints)) read_static_mapping(*item, names, draft);
}

}   // namespace sluice::config
