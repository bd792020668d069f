// SPDX-License-Identifier: GPL-2.0-or-later
// Masquerade and static mappings.
#include <fmt/format.h>

#include "config/address_values.hpp"
#include "config/quote.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kMasqueradeKeys[] = {"name",      "from",  "to",      "family",
                                                "addresses", "ports", "mapping", "filtering"};
constexpr std::string_view kStaticKeys[] = {"name", "outside", "inside"};
constexpr std::string_view kFamilies[] = {"ipv4", "ipv6", "both"};
// One value each so far; written out, a document says what it relies on.
constexpr std::string_view kMappings[] = {"endpoint-independent"};
constexpr std::string_view kFilterings[] = {"address-and-port-dependent"};

std::vector<std::string> read_side(const Members& members, std::string_view key, Draft& draft) {
  const Node* node = members.require(key);
  return node ? read_zone_names(*node, false, draft) : std::vector<std::string>{};
}

void read_family(const Node& node, Masquerade& masquerade, Draft& draft) {
  const auto word = read_word(node, kFamilies, draft.complaints);
  if (!word) return;
  masquerade.ipv4 = *word != 1;
  masquerade.ipv6 = *word != 0;
}

void read_pool(const Node& node, Masquerade& masquerade, Draft& draft) {
  for (const Node* item : read_one_or_list(node, draft.complaints))
    if (const auto range = read_address_range(*item, draft.complaints))
      masquerade.addresses.push_back(*range);
}

void read_options(const Members& members, Masquerade& masquerade, Draft& draft) {
  if (const Node* family = members.find("family")) read_family(*family, masquerade, draft);
  if (const Node* pool = members.find("addresses")) read_pool(*pool, masquerade, draft);
  if (const Node* ports = members.find("ports"))
    masquerade.ports = read_port_range(*ports, draft.complaints).value_or(masquerade.ports);
  if (const Node* mapping = members.find("mapping")) read_word(*mapping, kMappings, draft.complaints);
  if (const Node* filtering = members.find("filtering")) read_word(*filtering, kFilterings, draft.complaints);
}

void read_masquerade(const Node& node, Names& names, Draft& draft) {
  const Members members(node, kMasqueradeKeys, draft.complaints);
  Masquerade masquerade;
  masquerade.name = names.read(node);
  masquerade.from = read_side(members, "from", draft);
  masquerade.to = read_side(members, "to", draft);
  read_options(members, masquerade, draft);
  masquerade.line = draft.complaints.line_of(node);
  draft.masquerades.push_back({std::move(masquerade), &node});
}

std::optional<Prefix> read_side_prefix(const Members& members, std::string_view key, Draft& draft) {
  const Node* node = members.require(key);
  return node ? read_prefix(*node, draft.complaints) : std::nullopt;
}

void read_static_mapping(const Node& node, Names& names, Draft& draft) {
  const Members members(node, kStaticKeys, draft.complaints);
  auto name = names.read(node);
  const auto outside = read_side_prefix(members, "outside", draft),
             inside = read_side_prefix(members, "inside", draft);
  if (!outside || !inside) return;
  draft.static_mappings.push_back({{.name = std::move(name),
                                    .outside = *outside,
                                    .inside = *inside,
                                    .line = draft.complaints.line_of(node)},
                                   &node});
}

}   // namespace

void read_masquerades(const Node& node, Draft& draft) {
  Names names(draft.complaints);
  for (const Node* item : read_list(node, draft.complaints)) read_masquerade(*item, names, draft);
}

void read_static_mappings(const Node& node, Draft& draft) {
  Names names(draft.complaints);
  for (const Node* item : read_list(node, draft.complaints)) read_static_mapping(*item, names, draft);
}

}   // namespace sluice::config
