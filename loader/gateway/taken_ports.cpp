// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/taken_ports.hpp"

#include <netinet/in.h>

#include <algorithm>

#include "model/mapping_request.hpp"

namespace sluice {
namespace {

bool has_zone(const std::vector<std::string>& zones, std::string_view zone) {
  return std::ranges::find(zones, zone) != zones.end();
}

// A service of the gateway's that is started again listens nowhere for a moment, and at boot it comes after
// this. Whoever got its port then would be called in its place. What is open to asking zones alone is called
// at addresses of theirs.
bool opens_the_gateway(const Policy& policy, const Document& document) {
  const auto may_ask = [&](const std::string& zone) {
    return document.mapping_requests && has_zone(document.mapping_requests->from, zone);
  };
  return policy.action == Action::kAccept && has_zone(policy.to, kHostZone) &&
         !std::ranges::all_of(policy.from, may_ask);
}

}   // namespace

const TakenPorts::Ports& TakenPorts::of(uint8_t protocol) const {
  return protocol == IPPROTO_TCP ? tcp_ : udp_;
}

void TakenPorts::take(uint8_t protocol, const PortRange& ports) {
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) return;
  Ports& all = protocol == IPPROTO_TCP ? tcp_ : udp_;
  for (uint32_t port = ports.first; port <= ports.last; ++port) all.set(port);
}

TakenPorts TakenPorts::of(const Document& document) {
  TakenPorts taken;
  for (const Forward& forward : document.forwards) {
    if (is_of_lease(forward)) continue;
    for (const uint8_t protocol : forward.protocols)
      for (const PortRange& ports : forward.ports) taken.take(protocol, ports);
  }
  for (const Policy& policy : document.policies)
    if (opens_the_gateway(policy, document))
      for (const uint8_t protocol : policy.protocols)
        for (const PortRange& ports : policy.ports) taken.take(protocol, ports);
  for (const Interface* interface : all_interfaces(document))
    if (const auto* vxlan = std::get_if<Vxlan>(&interface->made))
      taken.take(IPPROTO_UDP, {vxlan->port, vxlan->port});
  if (!document.networks.empty()) taken.take(IPPROTO_UDP, document.wireguard.ports);
  for (const Network& network : document.networks)
    if (network.port) taken.take(IPPROTO_UDP, {*network.port, *network.port});
  if (document.relay) {
    taken.take(IPPROTO_UDP, document.relay->ports);
    taken.take(IPPROTO_UDP, {document.relay->port, document.relay->port});
    if (const auto tcp = document.relay->tcp)
      for (const uint8_t protocol : {IPPROTO_TCP, IPPROTO_UDP}) taken.take(protocol, {*tcp, *tcp});
  }
  if (document.ssh) taken.take(IPPROTO_TCP, document.ssh->ports);
  if (document.front) {
    taken.take(IPPROTO_TCP, {document.front->http, document.front->http});
    taken.take(IPPROTO_TCP, {document.front->https, document.front->https});
  }
  if (!document.pods.empty())
    for (const uint8_t protocol : {IPPROTO_TCP, IPPROTO_UDP})
      taken.take(protocol, document.pod_settings.ports);
  return taken;
}

}   // namespace sluice
