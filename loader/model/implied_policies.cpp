// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/implied_policies.hpp"

#include <netinet/in.h>

namespace sluice {
namespace {

AddressMatch only(const std::vector<IpAddress>& addresses) {
  AddressMatch match;
  for (const IpAddress& address : addresses) match.prefixes.push_back(Prefix::of_host(address));
  return match;
}

Policy outer_packets(const Vxlan& vxlan, std::string name, Action action, int line) {
  Policy policy;
  policy.name = std::move(name);
  policy.protocols = {IPPROTO_UDP};
  policy.ports = {{vxlan.port, vxlan.port}};
  policy.action = action;
  policy.line = line;
  return policy;
}

// Names have a blank, which no name of the document's own can have.
void add_policies(const Interface& interface, const Vxlan& vxlan, const std::vector<std::string>& zones,
                  std::vector<Policy>& policies) {
  const std::string name = "vxlan " + interface.name;
  Policy in = outer_packets(vxlan, name, Action::kAccept, interface.line);
  in.from = zones;
  in.to = {std::string(kHostZone)};
  in.source = only(peers_of(vxlan));
  in.destination = only({vxlan.local});
  Policy strangers = in;
  strangers.name = name + " from others";
  strangers.source = {};
  strangers.action = Action::kDrop;
  Policy out = outer_packets(vxlan, name + " out", Action::kAccept, interface.line);
  out.from = {std::string(kHostZone)};
  out.to = zones;
  out.source = only({vxlan.local});
  out.destination = only(peers_of(vxlan));
  policies.insert(policies.end(), {std::move(in), std::move(strangers), std::move(out)});
}

}   // namespace

std::vector<Policy> implied_policies(const Document& document) {
  std::vector<std::string> zones;
  for (const Zone& zone : document.zones) zones.push_back(zone.name);
  std::vector<Policy> policies;
  for (const Interface* interface : all_interfaces(document))
    if (const auto* vxlan = std::get_if<Vxlan>(&interface->made))
      add_policies(*interface, *vxlan, zones, policies);
  return policies;
}

}   // namespace sluice
