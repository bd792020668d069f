// SPDX-License-Identifier: GPL-2.0-or-later
// How a gateway behind somebody else's NAT is reached.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kReachabilityKeys[] = {"interface", "port_mapping", "stun",       "lease",
                                                  "paths",     "relays",       "dynamic_dns"};
constexpr std::string_view kUsedRelayKeys[] = {"name", "config"};

std::vector<AskedBy> read_port_mapping(const Node& node, Complaints& complaints) {
  std::vector<AskedBy> ways;
  if (node.kind == Kind::kList && node.count == 0) return ways;
  for (const Node* item : read_one_or_list(node, complaints))
    if (const auto word = read_word(*item, kAskedByNames, complaints))
      ways.push_back(static_cast<AskedBy>(*word));
  return ways;
}

// The other end is found by its relay, so that is one of them always.
PathPreference read_paths(const Node& node, Complaints& complaints) {
  constexpr auto kWords = std::span(kPathKindNames).subspan(1);   // "none" is none
  PathPreference paths;
  for (const Node* item : read_one_or_list(node, complaints))
    if (const auto word = read_word(*item, kWords, complaints))
      paths.push_back(static_cast<PathKind>(*word + 1));
  if (std::ranges::find(paths, PathKind::kRelay) == paths.end())
    complaints.say(node, "\"relay\" is missing", "by which the other end is found, anywhere in the list");
  return paths;
}

std::vector<StunServer> read_stun_servers(const Node& node, Complaints& complaints) {
  std::vector<StunServer> servers;
  if (node.kind == Kind::kList && node.count == 0) return servers;
  const Items items = read_one_or_list(node, complaints);
  limit_count(node, items.size(), kMostStunServers, "servers", complaints);
  for (const Node* item : items)
    if (const auto text = read_dialled(*item, complaints)) servers.push_back(stun_server_of(*text));
  return servers;
}

std::vector<UsedRelay> read_used_relays(const Node& node, Complaints& complaints) {
  std::vector<UsedRelay> relays;
  if (!expect_kind(node, Kind::kList, complaints)) return relays;
  limit_count(node, node.count, kMostRelays, "relays", complaints);
  Names names(complaints, node.count);
  for (const Node& item : node.children()) {
    const Members members(item, kUsedRelayKeys, complaints);
    UsedRelay relay;
    if (item.kind == Kind::kObject) relay.name = names.read(item);
    if (const Node* config = members.require("config")) relay.config = read_key_file(*config, complaints);
    relay.line = complaints.line_of(item);
    relays.push_back(std::move(relay));
  }
  return relays;
}

}   // namespace

void read_reachability(const Node& node, Draft& draft) {
  const Members members(node, kReachabilityKeys, draft.complaints);
  Reachability reachability;
  if (const Node* interface = members.require("interface"))
    if (const auto name = read_device_name(*interface, draft.complaints)) {
      draft.interface_names.push_back({*name, interface});
      reachability.interface = *name;
    }
  if (const Node* ways = members.find("port_mapping"))
    reachability.port_mapping = read_port_mapping(*ways, draft.complaints);
  if (const Node* servers = members.find("stun"))
    reachability.stun = read_stun_servers(*servers, draft.complaints);
  if (const Node* lease = members.find("lease"))
    reachability.lease = read_duration(*lease, draft.complaints).value_or(reachability.lease);
  if (const Node* paths = members.find("paths")) reachability.paths = read_paths(*paths, draft.complaints);
  if (const Node* dns = members.find("dynamic_dns")) reachability.dynamic_dns = read_dynamic_dns(*dns, draft);
  if (const Node* relays = members.find("relays"))
    reachability.relays = read_used_relays(*relays, draft.complaints);
  reachability.line = draft.complaints.line_of(node);
  draft.reachability = Placed<Reachability>{std::move(reachability), &node};
}

// One that nobody knows was complained about.
void check_reachability(Draft& draft) {
  if (!draft.reachability) return;
  const auto& [reachability, node] = *draft.reachability;
  const auto is_its = [&](const auto& one) { return one.value.name == reachability.interface; };
  const auto at = std::ranges::find_if(draft.interfaces, is_its);
  if (at != draft.interfaces.end() && !at->value.vrf.empty())
    draft.complaints.say(*node->member("interface"),
                         fmt::format("{} is in VRF {}, and tunnels leave by the main one",
                                     reachability.interface, quote(at->value.vrf)),
                         "an interface without a VRF");
}

}   // namespace sluice::config
