// SPDX-License-Identifier: GPL-2.0-or-later
// What several kinds of rules have in common: names, zones, matches.

#include <fmt/format.h>

#include "base/protocol.hpp"
#include "base/text.hpp"
#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {

std::string Names::read(const Node& rule) {
  const Node* node = require_member(rule, "name", complaints_);
  const auto name = node ? read_string(*node, complaints_) : std::nullopt;
  if (!name || !check_name(*name, *node, false, complaints_)) return {};
  const auto [at, inserted] = seen_.try_emplace(*name, node);
  if (!inserted)
    complaints_.say(
        *node,
        fmt::format("the name {} is already used on line {}", quote(*name), complaints_.line_of(*at->second)),
        "names are unique, counters go by them");
  return std::string(*name);
}

std::string read_own_zone(const Node& node, Draft& draft) {
  const auto name = read_string(node, draft.complaints);
  if (!name || !check_name(*name, node, false, draft.complaints)) return {};
  if (*name != kHostZone) return std::string(*name);
  draft.complaints.say(node, "\"host\" is the gateway itself, not a zone of interfaces", "another name");
  return {};
}

namespace {

// "pod:app1" is a name too, which nothing but the pod has.
std::string_view without_kind(std::string_view zone) {
  constexpr std::string_view kOfPod = "pod:";
  return zone.starts_with(kOfPod) ? zone.substr(kOfPod.size()) : zone;
}

}   // namespace

std::vector<std::string> read_side(const Members& members, std::string_view key, bool may_be_host,
                                   Draft& draft) {
  std::vector<std::string> zones;
  const Node* node = members.require(key);
  if (!node) return zones;
  for (const Node* item : read_one_or_list(*node, draft.complaints)) {
    const auto name = read_string(*item, draft.complaints);
    if (!name || !check_name(without_kind(*name), *item, false, draft.complaints)) continue;
    draft.zone_names.push_back({*name, item, may_be_host});
    zones.emplace_back(*name);
  }
  return zones;
}

AddressMatch read_match(const Node& node, Draft& draft) {
  AddressMatch match;
  for (const Node* item : read_one_or_list(node, draft.complaints)) {
    const auto text = read_string(*item, draft.complaints);
    if (!text) continue;
    if (looks_like_address(*text)) {
      if (const auto prefix = parse_prefix(*text, *item, draft.complaints)) match.prefixes.push_back(*prefix);
    } else if (check_name(*text, *item, false, draft.complaints)) {
      draft.set_names.push_back({*text, item});
      match.sets.emplace_back(*text);
    }
  }
  return match;
}

// The protocols and ports that a rule matches.

namespace {

// "tcp, udp or sctp"
std::string one_of_protocols_with_ports() {
  const auto names = protocols_with_ports();
  return fmt::format("{} or {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

// `protocol` was read from a value that may have been wrong; then nothing more is to be said.
void check_ports_fit(const Node& ports, const Node* protocol, const std::vector<uint8_t>& protocols,
                     Complaints& complaints) {
  const auto remedy =
      fmt::format(R"(name {} in "protocol", and nothing else)", one_of_protocols_with_ports());
  if (!protocol) return complaints.say(ports, "ports without a protocol", remedy);
  for (const uint8_t number : protocols)
    if (!has_ports(number))
      return complaints.say(ports, fmt::format("{} has no ports", quote(protocol_name(number))), remedy);
}

}   // namespace

Service read_service(const Members& members, Draft& draft) {
  Service service;
  const Node* protocol = members.find("protocol");
  if (protocol) service.protocols = read_protocols(*protocol, draft.complaints);
  const Node* ports = members.find("ports");
  if (!ports) return service;
  service.ports = read_ports(*ports, draft.complaints);
  check_ports_fit(*ports, protocol, service.protocols, draft.complaints);
  return service;
}

}   // namespace sluice::config
