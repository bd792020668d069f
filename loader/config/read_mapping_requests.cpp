// SPDX-License-Identifier: GPL-2.0-or-later
// Who may ask the gateway for ports.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"
#include "model/mapping_request.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kMappingRequestKeys[] = {"from", "ports", "per_host", "third_party", "lifetime"};
constexpr uint32_t kMostOfHost = 1024;

bool is_of_network(const std::string& zone, const Draft& draft) {
  return std::ranges::any_of(draft.networks, [&](const auto& one) { return one.value.zone == zone; });
}

bool has_interface(const std::string& zone, const Draft& draft) {
  return std::ranges::any_of(draft.interfaces, [&](const auto& one) { return one.value.zone == zone; });
}

bool is_of_pods(const std::string& zone, const Draft& draft) {
  return zone == kPodZone || std::ranges::any_of(draft.pods, [&](const auto& one) {
           return zone == one.value.name || zone == pod_set(one.value.name);
         });
}

// Masquerades that networks imply are made later, and are never deterministic.
void check_masquerade_of(const std::string& zone, const Node& node, Draft& draft) {
  const auto takes_zone = [&](const auto& one) {
    return one.value.ipv4 && std::ranges::find(one.value.from, zone) != one.value.from.end();
  };
  const auto at = std::ranges::find_if(draft.masquerades, takes_zone);
  if (at == draft.masquerades.end() && !is_of_network(zone, draft))
    draft.complaints.say(node, fmt::format("no masquerade takes IPv4 of zone {}", quote(zone)),
                         "a masquerade from this zone, which says where mappings are outside");
  else if (at != draft.masquerades.end() && at->value.deterministic)
    draft.complaints.say(
        node, fmt::format("all ports of masquerade {} are shared out to hosts", quote(at->value.name)),
        "a masquerade without \"deterministic\"");
}

void check_asking_zone(const std::string& zone, const Node& node, Draft& draft) {
  const auto is_closed_bridge = [&](const auto& one) {
    return one.value.zone == zone && is_isolated_bridge(one.value);
  };
  if (zone == kHostZone)
    draft.complaints.say(node, "\"host\" is the gateway itself, which asks nobody", "a zone of interfaces");
  else if (std::ranges::any_of(draft.interfaces, is_closed_bridge))
    draft.complaints.say(node,
                         fmt::format("nothing leads into zone {}: its bridges are isolated", quote(zone)),
                         "another zone");
  else if (has_interface(zone, draft) || is_of_network(zone, draft))
    check_masquerade_of(zone, node, draft);
  else if (is_of_pods(zone, draft))
    draft.complaints.say(node, "pods ask for no ports", "\"publish\" of their services");
}

}   // namespace

void read_mapping_requests(const Node& node, Draft& draft) {
  const Members members(node, kMappingRequestKeys, draft.complaints);
  MappingRequests requests;
  requests.from = read_side(members, "from", true, draft);
  if (const Node* ports = members.find("ports"))
    requests.ports = read_port_range(*ports, draft.complaints).value_or(requests.ports);
  if (const Node* most = members.find("per_host"))
    requests.per_host = read_count(*most, 1, kMostOfHost, draft.complaints).value_or(requests.per_host);
  if (const Node* others = members.find("third_party"))
    requests.third_party = read_bool(*others, draft.complaints).value_or(false);
  if (const Node* longest = members.find("lifetime"))
    requests.lifetime = read_duration(*longest, draft.complaints).value_or(requests.lifetime);
  requests.line = draft.complaints.line_of(node);
  draft.mapping_requests = Placed<MappingRequests>{std::move(requests), &node};
}

// Zones that nobody knows were complained about.
void check_mapping_requests(Draft& draft) {
  if (!draft.mapping_requests) return;
  const Node* from = draft.mapping_requests->node->member("from");
  if (!from) return;
  const auto check = [&](const Node& item) {
    if (item.kind == Kind::kString) check_asking_zone(std::string(item.text), item, draft);
  };
  if (from->kind != Kind::kList) return check(*from);
  for (const Node& item : from->children()) check(item);
}

}   // namespace sluice::config
