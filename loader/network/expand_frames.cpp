// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/expand_frames.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

#include "network/expand.hpp"
#include "network/implied.hpp"
#include "network/l2_ports.hpp"

namespace sluice {
namespace {

// Outer packets leave by the network's own tunnel, wherever the main routing table leads.
MadeInterface tunnel_end(const Network& network, const NetworkEndpoint& endpoint, const TunnelPort& port) {
  const IpAddress local = gateway_addresses(network).front();
  if (port.vni == 0)
    return Gretap{.local = local,
                  .remote = *endpoint.address,
                  .mtu = kFrameMtu,
                  .vrf = network.vrf,
                  .lower = network.device};
  return Vxlan{.vni = port.vni,
               .local = local,
               .remotes = {*endpoint.address},
               .port = vxlan_port(network, endpoint),
               .entries = {},
               .vrf = network.vrf,
               .mtu = kFrameMtu,
               .lower = network.device};
}

Interface member_of(const Network& network, const NetworkEndpoint& endpoint, const TunnelPort& port) {
  Interface interface;
  interface.name = port.device;
  interface.made = tunnel_end(network, endpoint, port);
  interface.line = endpoint.line;
  return interface;
}

// A VXLAN has one VLAN and frames without a tag; all else has tags.
BridgePort port_of_bridge(const Network& network, const TunnelPort& port) {
  if (port.vlan) return {.device = port.device, .untagged = port.vlan, .tagged = {}};
  return {.device = port.device, .untagged = {}, .tagged = network.vlans};
}

void add_port(const Network& network, const TunnelPort& port, Bridge& bridge) {
  bridge.members.push_back(port.device);
  if (!network.vlans.empty()) bridge.ports.push_back(port_of_bridge(network, port));
}

// Everything between an endpoint and the gateway that has frames in it.
Policy outer_packets(const Network& network, const std::string& part, Action action, PortRange ports) {
  Policy policy;
  policy.name = implied_name(network, part);
  policy.action = action;
  policy.line = network.line;
  if (network.type == NetworkType::kL2PointToPoint) {
    policy.protocols = {IPPROTO_GRE};
  } else {
    policy.protocols = {IPPROTO_UDP};
    policy.ports = {ports};
  }
  return policy;
}

std::vector<std::string> all_zones(const Document& document) {
  std::vector<std::string> zones;
  for (const Zone& zone : document.zones) zones.push_back(zone.name);
  for (const Network& network : document.networks)   // also of those that are not expanded yet
    if (std::ranges::find(zones, network.zone) == zones.end()) zones.push_back(network.zone);
  return zones;
}

// Not the network's: whoever is in the LAN could send what looks like outer packets of an endpoint to the
// bridge, and policies see zones.
std::string add_closed_zone(std::string name, Document& document) {
  while (std::ranges::find(document.zones, name, &Zone::name) != document.zones.end()) name += '-';
  document.zones.push_back({.name = name, .isolated = true, .closed = true});
  return name;
}

PortRange port_of(const Network& network, const NetworkEndpoint& endpoint) {
  const uint16_t port = vxlan_port(network, endpoint);
  return {port, port};
}

PortRange ports_of(const Network& network, const LiveEndpoints& live) {
  PortRange all = port_of(network, *live.front());
  for (const NetworkEndpoint* endpoint : live) {
    const uint16_t port = vxlan_port(network, *endpoint);
    all = {std::min(all.first, port), std::max(all.last, port)};
  }
  return all;
}

}   // namespace

void add_bridge(const Network& network, const LiveEndpoints& live, Document& document) {
  Bridge bridge;
  bridge.quiet = true;
  for (const std::string& device : network.attach) add_port(network, {device, 0, 0}, bridge);
  for (const NetworkEndpoint* endpoint : live)
    for (const TunnelPort& port : tunnel_ports(network, *endpoint)) {
      add_port(network, port, bridge);
      bridge.mac_limits.push_back({port.device, endpoint->mac_limit});
      document.bridged.push_back(member_of(network, *endpoint, port));
    }
  Interface interface;
  interface.name = network.bridge;
  interface.zone = add_closed_zone(network.bridge, document);
  interface.vrf = network.vrf;
  interface.made = std::move(bridge);
  interface.line = network.line;
  document.interfaces.push_back(std::move(interface));
}

std::vector<Policy> frame_policies(const Network& network, const LiveEndpoints& live,
                                   const Document& document) {
  if (live.empty()) return {};
  const Prefix gateway = Prefix::of_host(gateway_addresses(network).front());
  const std::string host(kHostZone);
  const PortRange all = ports_of(network, live);
  std::vector<Policy> policies;
  Policy out = outer_packets(network, "frames out", Action::kAccept, all);
  out.from = {host};
  out.to = {network.zone};
  out.source.prefixes = {gateway};
  for (const NetworkEndpoint* endpoint : live) {
    Policy in =
        outer_packets(network, "frames of " + endpoint->name, Action::kAccept, port_of(network, *endpoint));
    in.from = {network.zone};
    in.to = {host};
    in.source.prefixes = {Prefix::of_host(*endpoint->address)};
    in.destination.prefixes = {gateway};
    policies.push_back(std::move(in));
    out.destination.prefixes.push_back(Prefix::of_host(*endpoint->address));
  }
  Policy others = outer_packets(network, "frames of others", Action::kDrop, all);
  // The kernel's VXLANs ask neither who sent a packet nor which of the gateway's addresses it was sent to:
  // their ports are closed in every zone.
  others.from = all_zones(document);
  others.to = {host};
  if (network.type == NetworkType::kL2PointToPoint) others.destination.prefixes = {gateway};
  policies.push_back(std::move(others));
  policies.push_back(std::move(out));
  return policies;
}

std::vector<Limit> frame_limits(const Network& network, const NetworkEndpoint& endpoint) {
  if (!endpoint.maximum) return {};
  const std::string host(kHostZone);
  std::vector<Limit> limits;
  const auto add = [&](std::string_view part, bool is_ours, LimitDirection direction) {
    Limit limit;
    limit.name = fmt::format("endpoint:{}/{} {}", network.name, endpoint.name, part);
    (is_ours ? limit.destination : limit.source).prefixes = {Prefix::of_host(*endpoint.address)};
    limit.from = {is_ours ? host : network.zone};
    limit.to = {is_ours ? network.zone : host};
    limit.rate = {*endpoint.maximum, false};
    limit.direction = direction;
    limit.line = endpoint.line;
    limits.push_back(std::move(limit));
  };
  add("up", false, LimitDirection::kOriginal);
  add("down", true, LimitDirection::kOriginal);
  add("up, answered", true, LimitDirection::kReply);
  add("down, answered", false, LimitDirection::kReply);
  return limits;
}

}   // namespace sluice
