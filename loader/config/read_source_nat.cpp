// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/address_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kMasqueradeKeys[] = {
    "name",  "from",          "to",        "family", "addresses",
    "ports", "mapping",       "filtering", "except", "mappings_per_host",
    "quota", "deterministic", "log"};
constexpr std::string_view kDeterministicKeys[] = {"inside", "ports_per_host"};
constexpr std::string_view kFamilies[] = {"ipv4", "ipv6", "both"};
constexpr std::string_view kQuotas[] = {"soft", "hard"};
constexpr std::string_view kMappings[] = {"endpoint-independent", "per-destination"};
constexpr std::string_view kFilterings[] = {"endpoint-independent", "address-dependent",
                                            "address-and-port-dependent"};
constexpr uint32_t kMostMappings = 16'777'216, kMostPorts = 65'535;

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

void read_ports(const Node& node, Masquerade& masquerade, Draft& draft) {
  masquerade.ports = read_port_range(node, draft.complaints).value_or(masquerade.ports);
  masquerade.any_ports = false;
}

void read_mapping(const Node& node, Masquerade& masquerade, Draft& draft) {
  const auto word = read_word(node, kMappings, draft.complaints);
  if (word) masquerade.mapping = *word == 0 ? Mapping::kEndpointIndependent : Mapping::kPerDestination;
}

void read_filtering(const Node& node, Masquerade& masquerade, Draft& draft) {
  if (const auto word = read_word(node, kFilterings, draft.complaints))
    masquerade.filtering = static_cast<Filtering>(*word);
}

void read_except(const Node& node, Masquerade& masquerade, Draft& draft) {
  masquerade.except = read_match(node, draft);
}

void read_mappings_per_host(const Node& node, Masquerade& masquerade, Draft& draft) {
  masquerade.mappings_per_host = read_count(node, 1, kMostMappings, draft.complaints);
}

void read_quota(const Node& node, Masquerade& masquerade, Draft& draft) {
  if (const auto word = read_word(node, kQuotas, draft.complaints))
    masquerade.quota = static_cast<Quota>(*word);
}

void read_deterministic(const Node& node, Masquerade& masquerade, Draft& draft) {
  const Members members(node, kDeterministicKeys, draft.complaints);
  const Node* inside = members.require("inside");
  const Node* ports = members.find("ports_per_host");
  const auto prefix = inside ? read_prefix(*inside, draft.complaints) : std::nullopt;
  const auto count = ports ? read_count(*ports, 1, kMostPorts, draft.complaints) : 0;
  if (prefix) masquerade.deterministic = Deterministic{*prefix, count.value_or(0)};
}

void read_log(const Node& node, Masquerade& masquerade, Draft& draft) {
  masquerade.log = read_bool(node, draft.complaints).value_or(false);
}

struct Option {
  std::string_view key;
  void (*read)(const Node& node, Masquerade& masquerade, Draft& draft);
};

constexpr Option kOptions[] = {
    {"family", read_family},
    {"addresses", read_pool},
    {"ports", read_ports},
    {"mapping", read_mapping},
    {"filtering", read_filtering},
    {"except", read_except},
    {"mappings_per_host", read_mappings_per_host},
    {"quota", read_quota},
    {"deterministic", read_deterministic},
    {"log", read_log},
};

void read_masquerade(const Node& node, Names& names, Draft& draft) {
  const Members members(node, kMasqueradeKeys, draft.complaints);
  Masquerade masquerade;
  masquerade.name = names.read(node);
  masquerade.from = read_side(members, "from", false, draft);
  masquerade.to = read_side(members, "to", false, draft);
  for (const Option& option : kOptions)
    if (const Node* value = members.find(option.key)) option.read(*value, masquerade, draft);
  masquerade.line = draft.complaints.line_of(node);
  draft.masquerades.push_back({std::move(masquerade), &node});
}

}   // namespace

void read_masquerades(const Node& node, Draft& draft) {
  Names names(draft.complaints);
  for (const Node* item : read_list(node, draft.complaints)) read_masquerade(*item, names, draft);
}

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
