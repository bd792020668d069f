// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/expand_ways.hpp"

#include <netinet/in.h>

#include <algorithm>

#include "network/mtus.hpp"
#include "network/tunnel_of.hpp"

namespace sluice {
namespace {

Prefix common_prefix(const IpAddress& one, const IpAddress& other) {
  Prefix prefix = Prefix::of_host(one);
  while (!prefix.contains(other))
    prefix = Prefix::of(InterfaceAddress{one, static_cast<uint8_t>(prefix.length - 1)});
  return prefix;
}

// Of the family that the machine has an address of on its way out; the first one otherwise.
Endpoint endpoint_of(const RelayFile& file, const WayOut& way) {
  const auto at = std::ranges::find_if(file.endpoints, [&](const Endpoint& endpoint) {
    return endpoint.address.is_ipv4() ? way.has_ipv4 : way.has_ipv6;
  });
  return at == file.endpoints.end() ? file.endpoints.front() : *at;
}

std::set<Prefix> addresses_of_relay(const RelayFile& file) {
  std::set<Prefix> addresses;
  for (const auto& address : {file.relay_address, file.relay_address6})
    if (address) addresses.insert(Prefix::of_host(*address));
  return addresses;
}

Tunnel tunnel_to(const RelayFile& file, const WireguardKey& private_key, const WayOut& way) {
  Tunnel tunnel{.private_key = private_key};
  tunnel.peers.emplace(file.public_key, TunnelPeer{.public_key = file.public_key,
                                                   .dial = endpoint_of(file, way),
                                                   .keepalive = kKeepaliveThroughNat,
                                                   .allowed = addresses_of_relay(file)});
  return tunnel;
}

Interface interface_of(const UsedRelay& relay, const RelayFile& file, Tunnel tunnel, const Document& document,
                       const WayOut& way) {
  Interface interface;
  interface.name = relay.device;
  interface.zone = way_name(relay.name);
  for (const Prefix& link : links_of(file))
    interface.addresses.push_back({link.address.is_ipv4() ? *file.address : *file.address6, link.length});
  interface.made = Wireguard{std::move(tunnel), mtu_of_way(file, way.mtu), document.wireguard.backend};
  interface.line = relay.line;
  return interface;
}

// The gateway's own WireGuard is what callers want, and all that they get.
Policy policy_of(const UsedRelay& relay, const RelayFile& file) {
  Policy policy;
  policy.name = way_name(relay.name);
  policy.from = {way_name(relay.name)};
  policy.to = {std::string(kHostZone)};
  const std::set<Prefix> sources = addresses_of_relay(file);
  policy.source.prefixes.assign(sources.begin(), sources.end());
  for (const auto& address : {file.address, file.address6})
    if (address) policy.destination.prefixes.push_back(Prefix::of_host(*address));
  policy.protocols = {IPPROTO_UDP};
  policy.ports = {{file.to_port, file.to_port}};
  policy.action = Action::kAccept;
  policy.line = relay.line;
  return policy;
}

// That callers of the gateway use: of the family that the tunnel is called by.
Endpoint callers_of(const RelayFile& file, const WayOut& way) {
  return {endpoint_of(file, way).address, file.port};
}

}   // namespace

std::vector<Prefix> links_of(const RelayFile& file) {
  std::vector<Prefix> links;
  if (file.address) links.push_back(common_prefix(*file.address, *file.relay_address));
  if (file.address6) links.push_back(common_prefix(*file.address6, *file.relay_address6));
  return links;
}

uint32_t mtu_of_way(const RelayFile& file, uint32_t way_out) {
  return std::min(mtu_within(way_out), file.mtu);
}

void expand_ways(Document& document, const RelayFiles& files, const WireguardKey& private_key,
                 const WayOut& way) {
  if (!document.reachability) return;
  std::vector<Policy> policies;
  for (UsedRelay& relay : document.reachability->relays) {
    const auto file = files.find(relay.name);
    if (file == files.end()) continue;
    const RelayFile& told = file->second;
    document.interfaces.push_back(
        interface_of(relay, told, tunnel_to(told, private_key, way), document, way));
    document.zones.push_back(
        {.name = way_name(relay.name), .isolated = true, .uplink = false, .hosts_may_talk = false});
    policies.push_back(policy_of(relay, told));
    relay.asked = told.relay_address;
    relay.asked6 = told.relay_address6;
    relay.at = callers_of(told, way);
    relay.to_port = told.to_port;
    relay.dial = endpoint_of(told, way);
    if (told.tcp) relay.tls = Endpoint{relay.dial.address, *told.tcp};
  }
  document.policies.insert(document.policies.begin(), policies.begin(), policies.end());
}

}   // namespace sluice
