// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/implied_policies.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <set>

#include "model/mapping_request.hpp"

namespace sluice {
namespace {

constexpr uint8_t kVrrp = 112;                    // RFC 5798 section 5.1.2.4
constexpr const char* kAllRouters = "ff02::12";   // section 5.1.2.2

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

// Zones of the main VRF, that something may come from.
std::vector<std::string> zones_of_clients(const Document& document) {
  if (!document.front->from.empty()) return document.front->from;
  std::vector<std::string> zones;
  for (const Zone& zone : document.zones) {
    const auto has_zone = [&](const Interface& one) { return one.zone == zone.name && one.vrf.empty(); };
    if (!zone.closed && std::ranges::any_of(document.interfaces, has_zone)) zones.push_back(zone.name);
  }
  return zones;
}

Policy clients_of_front(const Document& document) {
  const Front& front = *document.front;
  Policy policy;
  policy.name = kFrontClients;
  policy.from = zones_of_clients(document);
  policy.to = {std::string(kHostZone)};
  policy.destination = only(front.listen);
  policy.protocols = {IPPROTO_TCP};
  policy.ports = {{front.http, front.http}, {front.https, front.https}};
  policy.action = Action::kAccept;
  policy.line = front.line;
  return policy;
}

template <class T>
void add_once(std::vector<T>& all, T one) {
  if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
}

void add_backends(const PublishedService& service, const Document& document, Policy& policy) {
  for (const Backend& backend : service.backends)
    for (const auto& [underlay, address] : backend.addresses) {
      const auto way = std::ranges::find(document.underlays, underlay, &ServiceUnderlay::name);
      add_once(policy.to, way->zone);
      add_once(policy.destination.prefixes, Prefix::of_host(address.address));
      const PortRange port = address.port ? PortRange{address.port, address.port} : service.ports.front();
      add_once(policy.ports, port);
    }
}

void add_pods(const Document& document, Policy& policy) {
  std::set<std::string_view> sites;
  for (const Site& site : document.sites) sites.insert(site.name);
  for (const Pod& pod : document.pods)
    for (const PodService& service : pod.services)
      if (pod.address && sites.contains(pod_service_name(pod.name, service.name))) {
        add_once(policy.to, std::string(kPodZone));
        policy.destination.prefixes.push_back(Prefix::of_host(*pod.address));
        add_once(policy.ports, PortRange{service.port, service.port});
      }
}

Policy backends_of_front(const Document& document) {
  Policy policy;
  policy.name = kFrontBackends;
  policy.from = {std::string(kHostZone)};
  policy.protocols = {IPPROTO_TCP};
  policy.action = Action::kAccept;
  policy.line = document.front->line;
  for (const Site& site : document.sites)
    for (const SitePath& path : site.paths) {
      const auto service = std::ranges::find(document.services, path.service, &PublishedService::name);
      if (service != document.services.end()) add_backends(*service, document, policy);
    }
  add_pods(document, policy);
  return policy;
}

void add_front(const Document& document, std::vector<Policy>& policies) {
  Policy clients = clients_of_front(document), backends = backends_of_front(document);
  if (!clients.from.empty()) policies.push_back(std::move(clients));
  if (!backends.to.empty()) policies.push_back(std::move(backends));
}

Policy requests_for_mappings(const MappingRequests& requests) {
  Policy policy;
  policy.name = "mapping requests";
  policy.from = requests.from;
  policy.to = {std::string(kHostZone)};
  policy.protocols = {IPPROTO_UDP};
  policy.ports = {{kMappingPort, kMappingPort}};
  policy.action = Action::kAccept;
  policy.line = requests.line;
  return policy;
}

// Routers tell all hosts of the link that mappings were lost; UPnP devices answer from another address than
// the one that was asked, so nothing of connections lets their answers in.
void add_news_of_routers(const Document& document, std::vector<Policy>& policies) {
  const Reachability& reachability = *document.reachability;
  const auto at = std::ranges::find(document.interfaces, reachability.interface, &Interface::name);
  if (reachability.port_mapping.empty() || at == document.interfaces.end()) return;
  Policy policy;
  policy.name = "port mapping";
  policy.from = {at->zone};
  policy.to = {std::string(kHostZone)};
  policy.protocols = {IPPROTO_UDP};
  policy.ports = {{kMappingNewsPort, kMappingNewsPort}};
  if (std::ranges::find(reachability.port_mapping, AskedBy::kUpnp) != reachability.port_mapping.end())
    policy.ports.insert(policy.ports.begin(), {kUpnpPort, kUpnpPort});
  policy.action = Action::kAccept;
  policy.line = reachability.line;
  policies.push_back(std::move(policy));
}

// Nodes of a cluster tell each other which one is active.
void add_advertisements(const Document& document, std::vector<Policy>& policies) {
  const MovingAddresses& moving = *document.cluster->addresses;
  const auto at = std::ranges::find(document.interfaces, moving.interface, &Interface::name);
  if (at == document.interfaces.end()) return;
  Policy in;
  in.name = "cluster addresses";
  in.from = {at->zone};
  in.to = {std::string(kHostZone)};
  in.protocols = {kVrrp};
  in.source = only(moving.peers);
  in.destination = only({moving.own.value_or(*IpAddress::parse(kAllRouters))});
  in.action = Action::kAccept;
  in.line = document.cluster->line;
  policies.push_back(std::move(in));
}

// Either may begin the session, which is with one address of the gateway.
void add_bgp(const Document& document, std::vector<Policy>& policies) {
  constexpr uint16_t kBgp = 179;   // RFC 4271 section 8.2.1
  for (const ClusterNeighbour& neighbour : document.cluster->addresses->neighbours) {
    const auto at = std::ranges::find(document.interfaces, neighbour.interface, &Interface::name);
    if (at == document.interfaces.end() || !neighbour.own) continue;
    Policy in;
    in.name = "cluster bgp " + neighbour.address.to_string();
    in.from = {at->zone};
    in.to = {std::string(kHostZone)};
    in.protocols = {IPPROTO_TCP};
    in.ports = {{kBgp, kBgp}};
    in.source = only({neighbour.address});
    in.destination = only({*neighbour.own});
    in.action = Action::kAccept;
    in.line = document.cluster->line;
    Policy out = in;
    std::swap(out.from, out.to);
    std::swap(out.source, out.destination);
    out.name += " out";
    policies.push_back(std::move(in));
    policies.push_back(std::move(out));
  }
}

// The active node comes to the others, whichever it is; nobody else has anything to say there.
void add_state_sync(const Document& document, std::vector<Policy>& policies) {
  const StateSync& sync = *document.cluster->sync;
  const auto at = std::ranges::find(document.interfaces, sync.interface, &Interface::name);
  if (at == document.interfaces.end() || !sync.own) return;
  Policy in;
  in.name = "cluster sync";
  in.from = {at->zone};
  in.to = {std::string(kHostZone)};
  in.protocols = {IPPROTO_TCP};
  in.ports = {{sync.port, sync.port}};
  in.source = only(sync.peers);
  in.destination = only({*sync.own});
  in.action = Action::kAccept;
  in.line = document.cluster->line;
  Policy out = in;
  std::swap(out.from, out.to);
  std::swap(out.source, out.destination);
  out.name = "cluster sync out";
  policies.push_back(std::move(in));
  policies.push_back(std::move(out));
}

}   // namespace

std::vector<Policy> implied_policies(const Document& document) {
  std::vector<std::string> zones;
  for (const Zone& zone : document.zones) zones.push_back(zone.name);
  std::vector<Policy> policies;
  for (const Interface* interface : all_interfaces(document))
    if (const auto* vxlan = std::get_if<Vxlan>(&interface->made))
      add_policies(*interface, *vxlan, zones, policies);
  if (document.front) add_front(document, policies);
  if (document.mapping_requests) policies.push_back(requests_for_mappings(*document.mapping_requests));
  if (document.reachability) add_news_of_routers(document, policies);
  if (document.cluster && document.cluster->addresses) add_advertisements(document, policies);
  if (document.cluster && document.cluster->addresses) add_bgp(document, policies);
  if (document.cluster && document.cluster->sync) add_state_sync(document, policies);
  return policies;
}

}   // namespace sluice
