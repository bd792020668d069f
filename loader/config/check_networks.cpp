// SPDX-License-Identifier: GPL-2.0-or-later
// What each network has for itself: its zone, its VRF, its port, its VCID.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "model/tunnel_ports.hpp"

namespace sluice::config {
namespace {

// Who has a name, and where.
struct Holder {
  std::string what;
  int line;
};
using Holders = std::map<std::string_view, Holder>;

std::string called(const Network& network) { return fmt::format("network {}", quote(network.name)); }

// At the value, or at the network's name where the document leaves it out.
void say_of(const Placed<Network>& network, std::string_view key, std::string reason, std::string remedy,
            Complaints& complaints) {
  if (const Node* value = network.node->member(key))
    complaints.say(*value, std::move(reason), std::move(remedy));
  else
    complaints.say_about_key(*network.node, std::move(reason), std::move(remedy));
}

void check_names_own(std::string Network::*name_of, std::string_view key, std::string_view word,
                     Holders holders, Draft& draft) {
  for (const auto& network : draft.networks) {
    const std::string& name = network.value.*name_of;
    const auto [at, is_new] = holders.try_emplace(name, Holder{called(network.value), network.value.line});
    if (is_new || name.empty()) continue;
    say_of(network, key,
           fmt::format("{} {} is taken: {} (line {}) has it already", word, quote(name), at->second.what,
                       at->second.line),
           fmt::format("\"{}\": a name that nothing else has", key), draft.complaints);
  }
}

Holders holders_of_zones(const Draft& draft) {
  Holders holders;
  for (const auto& [interface, node] : draft.interfaces)
    holders.try_emplace(interface.zone,
                        Holder{fmt::format("interface {}", quote(interface.name)), interface.line});
  return holders;
}

// The device of a VRF has its name, so interfaces count as well.
Holders holders_of_vrfs(const Draft& draft) {
  Holders holders;
  for (const auto& [vrf, node] : draft.vrfs)
    holders.try_emplace(vrf.name, Holder{"\"vrfs\"", draft.complaints.line_of(*node)});
  for (const auto& [interface, node] : draft.interfaces)
    holders.try_emplace(interface.name,
                        Holder{fmt::format("interface {}", quote(interface.name)), interface.line});
  return holders;
}

template <class Number>
void check_numbers_own(std::optional<Number> Network::*number_of, std::string_view key, std::string_view word,
                       Draft& draft) {
  std::map<Number, const Network*> seen;
  for (const auto& network : draft.networks) {
    const auto& number = network.value.*number_of;
    if (!number) continue;
    const auto [at, is_new] = seen.try_emplace(*number, &network.value);
    if (!is_new)
      say_of(
          network, key,
          fmt::format("{} {} is that of {} on line {}", word, *number, called(*at->second), at->second->line),
          fmt::format("a {} of its own for each network", word), draft.complaints);
  }
}

using Ports = std::map<uint16_t, const Placed<Network>*>;

Ports ports_of(const Draft& draft) {
  Ports ports;
  for (const auto& network : draft.networks)
    if (network.value.port) ports.try_emplace(*network.value.port, &network);
  return ports;
}

// What a forward takes never reaches the gateway itself.
void check_forwards_leave_ports(Draft& draft) {
  const Ports ports = ports_of(draft);
  std::set<std::string_view> elsewhere;
  for (const auto& [interface, node] : draft.interfaces)
    if (!interface.vrf.empty()) elsewhere.insert(interface.name);
  for (const auto& [forward, node] : draft.forwards) {
    if (ports.empty() || !takes_udp_of_gateway(forward, elsewhere)) continue;
    for (const PortRange& range : forward.ports)
      for (auto at = ports.lower_bound(range.first); at != ports.end() && at->first <= range.last; ++at)
        say_of(*at->second, "port",
               fmt::format("UDP port {} is taken by {} {} on line {}", at->first,
                           forward.service ? "service" : "forward", quote(forward.name), forward.line),
               "another port", draft.complaints);
  }
}

}   // namespace

void check_networks(Draft& draft) {
  if (draft.networks.empty()) return;
  check_names_own(&Network::zone, "zone", "zone", holders_of_zones(draft), draft);
  check_names_own(&Network::vrf, "vrf", "VRF", holders_of_vrfs(draft), draft);
  check_numbers_own(&Network::port, "port", "port", draft);
  check_numbers_own(&Network::vcid, "vcid", "VCID", draft);
  check_forwards_leave_ports(draft);
}

}   // namespace sluice::config
