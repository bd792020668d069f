// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/sshd.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/text.hpp"

namespace sluice {
namespace {

bool has(const std::vector<std::string>& zones, std::string_view zone) {
  return std::ranges::find(zones, zone) != zones.end();
}

bool means_port(const Policy& policy, uint16_t port) {
  const bool protocol =
      policy.protocols.empty() || std::ranges::find(policy.protocols, IPPROTO_TCP) != policy.protocols.end();
  const auto contains = [&](const PortRange& range) { return range.contains(port); };
  return protocol && (policy.ports.empty() || std::ranges::any_of(policy.ports, contains));
}

// Whether a packet to this socket can be meant. One that listens at all addresses is met by any.
bool means_address(const Policy& policy, const Endpoint& socket, const Document& document) {
  if (policy.destination.any() || socket.address.is_unspecified()) return true;
  return contains(resolve(policy.destination, document), socket.address);
}

// The policy that lets somebody of the zone in; null: nobody comes. One that means some sources or addresses
// alone decides for these, and the next ones for the others.
const Policy* opener(const Document& document, const std::string& zone, const Endpoint& socket) {
  for (const Policy& policy : document.policies) {
    if (!has(policy.from, zone) || !has(policy.to, kHostZone) || !means_port(policy, socket.port) ||
        !means_address(policy, socket, document))
      continue;
    if (policy.action == Action::kAccept) return &policy;
    if (policy.source.any() && policy.destination.any()) return nullptr;
  }
  return nullptr;
}

struct Ways {
  std::set<std::string> zones, policies;   // quoted
  std::set<uint16_t> ports;
};

Ways ways_in(const Document& document, const std::vector<Endpoint>& sockets) {
  Ways ways;
  for (const Zone& zone : document.zones) {
    if (std::ranges::find(document.networks, zone.name, &Network::zone) != document.networks.end()) continue;
    for (const Endpoint& socket : sockets)
      if (const Policy* policy = opener(document, zone.name, socket)) {
        ways.zones.insert(fmt::format("\"{}\"", zone.name));
        ways.policies.insert(fmt::format("\"{}\"", policy->name));
        ways.ports.insert(socket.port);
      }
  }
  return ways;
}

std::string ports_text(const std::set<uint16_t>& ports) {
  return fmt::format("{} {}", ports.size() == 1 ? "port" : "ports", fmt::join(ports, ", "));
}

// "ListenAddress" for each address that the gateway has in networks.
std::string remedy_for(const Document& document, const Ways& ways) {
  std::vector<std::string> zones, listen;
  for (const Network& network : document.networks) {
    if (!has(zones, network.zone)) zones.push_back(network.zone);
    for (const IpAddress& own : gateway_addresses(network))
      listen.push_back(fmt::format("ListenAddress {}", own.to_string()));
  }
  return fmt::format("have policies accept {} to \"host\" from \"{}\" alone, or put into sshd_config: {}",
                     ports_text(ways.ports), join(zones, "\", \""), join(listen, "; "));
}

bool is_of_gateway(const Endpoint& socket) { return !socket.address.is_loopback(); }

}   // namespace

std::optional<ProbeRow> judge_sshd(const Document& document, const std::vector<Endpoint>& sockets) {
  std::vector<Endpoint> outward;
  std::ranges::copy_if(sockets, std::back_inserter(outward), is_of_gateway);
  if (outward.empty() || document.networks.empty()) return std::nullopt;
  const Ways ways = ways_in(document, outward);
  std::set<uint16_t> ports;
  for (const Endpoint& socket : outward) ports.insert(socket.port);
  if (ways.zones.empty())
    return ProbeRow{"sshd",
                    ProbeState::kGood,
                    fmt::format("sshd listens at {}, which networks alone reach", ports_text(ports)),
                    "",
                    "",
                    ""};
  return ProbeRow{"sshd",
                  ProbeState::kWarning,
                  fmt::format("sshd listens at {}, which zone {} may reach", ports_text(ways.ports),
                              fmt::join(ways.zones, ", ")),
                  fmt::format("policy {} accepts it{}", fmt::join(ways.policies, ", "),
                              document.ssh ? "; who jumps to a box comes by it" : ""),
                  remedy_for(document, ways),
                  "whoever has no key of a network cannot try passwords, keys and faults of sshd"};
}

}   // namespace sluice
