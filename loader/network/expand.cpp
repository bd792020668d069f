// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/expand.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <set>

#include "model/resolver.hpp"
#include "network/expand_frames.hpp"
#include "network/implied.hpp"
#include "network/mtus.hpp"
#include "network/prefixes.hpp"
#include "network/tunnel_of.hpp"

namespace sluice {
namespace {

constexpr uint16_t kBgpPort = 179;
constexpr uint8_t kOspf = 89;   // IP protocol

class Expander {
 public:
  Expander(Document& document, const NetworkKeys& keys, const WayOut& way,
           std::chrono::system_clock::time_point now)
      : document_(document), keys_(keys), way_(way), now_(now) {
    for (const Network& network : document.networks) own_zones_.insert(network.zone);
  }

  std::vector<std::string> run() {
    const std::vector<Network> networks = document_.networks;
    for (const Network& network : networks) add(network);
    document_.policies.insert(document_.policies.begin(), std::make_move_iterator(policies_.begin()),
                              std::make_move_iterator(policies_.end()));
    return std::move(sentences_);
  }

 private:
  void add(const Network& network) {
    add_interface(network);
    add_vrf(network);
    add_zone(network);
    add_tunnel_policy(network);
    if (is_l2(network.type)) return add_frames(network);
    add_routing_policies(network);
    add_gateway_policy(network);
    add_what_is_reached(network);
    for (const NetworkEndpoint& endpoint : network.endpoints)
      std::ranges::move(endpoint_limits(network, endpoint), std::back_inserter(document_.limits));
  }

  void add_what_is_reached(const Network& network) {
    switch (network.type) {
      case NetworkType::kSecureInternet: return add_internet(network);
      case NetworkType::kRemoteResource: return add_resources(network);
      case NetworkType::kL3vpn: add_sites(network); return add_resources(network);
      case NetworkType::kL2PointToPoint:
      case NetworkType::kL2Mesh: return;
    }
  }

  void add_frames(const Network& network) {
    LiveEndpoints live;
    for (const NetworkEndpoint& endpoint : network.endpoints)
      if (is_live(endpoint, now_)) live.push_back(&endpoint);
    add_bridge(network, live, document_);
    std::ranges::move(frame_policies(network, live, document_), std::back_inserter(policies_));
    for (const NetworkEndpoint* endpoint : live)
      std::ranges::move(frame_limits(network, *endpoint), std::back_inserter(document_.limits));
  }

  void add_interface(const Network& network) {
    static const NetworkKeys::ByEndpoint kNone;
    const auto of = [&](const std::map<std::string, NetworkKeys::ByEndpoint>& keys) -> const auto& {
      const auto at = keys.find(network.name);
      return at == keys.end() ? kNone : at->second;
    };
    Interface interface;
    interface.name = network.device;
    interface.zone = network.zone;
    interface.vrf = network.vrf;
    interface.line = network.line;
    for (const IpAddress& address : gateway_addresses(network))
      interface.addresses.push_back({address, static_cast<uint8_t>(address.bits())});
    for (const auto& subnet : {network.subnet, network.subnet6})
      if (subnet) interface.behind.push_back(*subnet);
    const auto announced = way_.announced.find(network.name);
    std::ranges::copy(
        prefixes_behind(network, announced == way_.announced.end() ? nullptr : &announced->second, now_),
        std::back_inserter(interface.behind));
    const auto key = keys_.gateways.find(network.name);
    interface.made = Wireguard{tunnel_of(network, key == keys_.gateways.end() ? WireguardKey{} : key->second,
                                         of(keys_.endpoints), of(keys_.preshared), now_),
                               mtu_of(network), document_.wireguard.backend};
    document_.interfaces.push_back(std::move(interface));
  }

  uint32_t mtu_of(const Network& network) const {
    if (network.mtu) return *network.mtu;
    const uint32_t now = mtu_within(way_.mtu);
    return std::min(now, network.told_mtu.value_or(now));
  }

  void add_vrf(const Network& network) {
    Vrf vrf;
    vrf.name = network.vrf;
    vrf.table = *network.table;
    const auto leave = [&](const Prefix& to) { vrf.routes.push_back({to, std::nullopt, "", network.line}); };
    if (network.type == NetworkType::kSecureInternet) {
      leave({IpAddress(), 0});
      leave({*IpAddress::parse("::"), 0});
    }
    const std::vector<Prefix> resources = resource_prefixes(network, document_);
    for (const Prefix& prefix : std::set(resources.begin(), resources.end())) leave(prefix);
    for (const Prefix& own : network.routes) leave(own);
    document_.vrfs.push_back(std::move(vrf));
  }

  // What is behind the gateway itself lies in the main VRF, and finds the sites from there.
  void lead_to_sites(const Network& network) {
    for (const NetworkEndpoint& endpoint : network.endpoints)
      for (const Prefix& route : endpoint.routes)
        document_.routes.push_back({route, std::nullopt, network.vrf, endpoint.line});
  }

  void add_zone(const Network& network) {
    auto zone = std::ranges::find(document_.zones, network.zone, &Zone::name);
    if (zone == document_.zones.end())
      zone = document_.zones.insert(zone, Zone{network.zone, {}, {}, {}, {}});
    zone->isolated = !network.peers_may_talk;
    zone->hosts_may_talk = network.peers_may_talk;
    zone->uplink = false;
  }

  Policy policy(const Network& network, std::string_view part, std::vector<std::string> from,
                std::vector<std::string> to) const {
    Policy made;
    made.name = implied_name(network, part);
    made.from = std::move(from);
    made.to = std::move(to);
    made.action = Action::kAccept;
    made.line = network.line;
    return made;
  }

  // Those that are in the main VRF: outer packets come by them, and resources are behind them.
  std::vector<std::string> main_zones() const {
    std::vector<std::string> zones;
    for (const Interface& interface : document_.interfaces)
      if (interface.vrf.empty() && !interface.zone.empty() && !own_zones_.contains(interface.zone) &&
          std::ranges::find(zones, interface.zone) == zones.end())
        zones.push_back(interface.zone);
    return zones;
  }

  void add_tunnel_policy(const Network& network) {
    Policy outer = policy(network, "tunnel", main_zones(), {std::string(kHostZone)});
    if (outer.from.empty()) return;
    outer.protocols = {IPPROTO_UDP};
    outer.ports = {{*network.port, *network.port}};
    policies_.push_back(std::move(outer));
  }

  // The routers of sites speak to the gateway's daemon, and nothing that is behind them.
  void add_routing_policies(const Network& network) {
    if (network.routing.protocol == RoutingProtocol::kStatic) return;
    Policy closed = policy(network, "no routing", {network.zone}, {std::string(kHostZone)});
    closed.action = Action::kDrop;
    const bool by_ospf = network.routing.protocol == RoutingProtocol::kOspf;
    closed.protocols = {by_ospf ? kOspf : uint8_t{IPPROTO_TCP}};
    if (!by_ospf) closed.ports = {{kBgpPort, kBgpPort}};
    Policy open = policy(network, "routing", closed.from, closed.to);
    open.protocols = closed.protocols;
    open.ports = closed.ports;
    for (const NetworkEndpoint& endpoint : network.endpoints)
      if (is_live(endpoint, now_))
        std::ranges::copy(addresses_of(endpoint), std::back_inserter(open.source.prefixes));
    for (const IpAddress& address : gateway_addresses(network))
      open.destination.prefixes.push_back(Prefix::of_host(address));
    if (by_ospf) open.destination.prefixes.push_back(all_ospf_routers());
    if (!open.source.any()) policies_.push_back(std::move(open));
    policies_.push_back(std::move(closed));
  }

  // The gateway's own tunnel address, whatever listens there. Of a remote-resource network DNS alone, where
  // clients are told to ask the gateway.
  void add_gateway_policy(const Network& network) {
    const std::vector<IpAddress> own = gateway_addresses(network);
    Policy to_host = policy(network, "gateway", {network.zone}, {std::string(kHostZone)});
    to_host.source = live_sources(network, now_);
    if (to_host.source.any()) return;
    if (network.type == NetworkType::kRemoteResource) {
      if (std::ranges::find_first_of(network.dns, own) == network.dns.end()) return;
      to_host.protocols = {IPPROTO_UDP, IPPROTO_TCP};
      to_host.ports = {{kDnsPort, kDnsPort}};
    }
    for (const IpAddress& address : own) to_host.destination.prefixes.push_back(Prefix::of_host(address));
    policies_.push_back(std::move(to_host));
  }

  void add_internet(const Network& network) {
    const std::string& zone = network.internet.empty() ? way_.zone : network.internet;
    if (zone.empty()) {
      sentences_.push_back(fmt::format(
          "network \"{}\": no default route leads out of an interface of the document, so its clients "
          "have no way to the internet; \"internet\" names the zone",
          network.name));
      return;
    }
    Policy out = policy(network, "", {network.zone}, {zone});
    out.source = live_sources(network, now_);
    if (out.source.any()) return;
    Policy kept = policy(network, "private", {network.zone}, {zone});
    kept.destination.prefixes = private_networks();
    kept.action = Action::kDrop;
    if (const auto near = way_.near.find(zone); near != way_.near.end() && !near->second.empty()) {
      Policy here = policy(network, "near", {network.zone}, {zone});
      here.source = out.source;
      here.destination.prefixes = near->second;
      policies_.push_back(std::move(here));
    }
    policies_.push_back(std::move(kept));
    policies_.push_back(std::move(out));
    masquerade(network, {zone});
  }

  void masquerade(const Network& network, std::vector<std::string> to) {
    Masquerade made;
    made.name = implied_name(network);
    made.from = {network.zone};
    made.to = std::move(to);
    made.ipv6 = network.subnet6.has_value();
    made.except.prefixes = network.routes;
    made.line = network.line;
    document_.masquerades.push_back(std::move(made));
  }

  // Any site to any other. The zone is isolated all the same: what nobody has as a source or a destination
  // finds no policy.
  void add_sites(const Network& network) {
    Policy among = policy(network, "", {network.zone}, {network.zone});
    among.source = among.destination = live_sources(network, now_);
    if (among.source.any()) return;
    add_own_site(network, among.source);
    policies_.push_back(std::move(among));
  }

  // The gateway's own networks are those of a site: both sides call, with their own addresses.
  void add_own_site(const Network& network, const AddressMatch& sites) {
    const std::vector<std::string> zones = main_zones();
    if (network.routes.empty() || zones.empty()) return;
    lead_to_sites(network);
    Policy out = policy(network, "out", zones, {network.zone}),
           in = policy(network, "in", {network.zone}, zones);
    out.source.prefixes = in.destination.prefixes = network.routes;
    out.destination = in.source = sites;
    policies_.push_back(std::move(out));
    policies_.push_back(std::move(in));
  }

  void add_resources(const Network& network) {
    const std::vector<std::string> zones = main_zones();
    const AddressMatch sources = live_sources(network, now_);
    if (network.resources.empty() || zones.empty() || sources.any()) return;
    const bool first_is_bare = network.type == NetworkType::kRemoteResource;   // among sites it is theirs
    for (size_t i = 0; i < network.resources.size(); ++i) {
      const Resource& resource = network.resources[i];
      const bool is_bare = i == 0 && first_is_bare;
      Policy to = policy(network, is_bare ? "" : fmt::format("resource {}", i + 1), {network.zone}, zones);
      to.source = sources;
      to.destination = resource.to;
      to.protocols = resource.protocols;
      to.ports = resource.ports;
      policies_.push_back(std::move(to));
    }
    masquerade(network, zones);
  }

  Document& document_;
  const NetworkKeys& keys_;
  const WayOut& way_;
  const std::chrono::system_clock::time_point now_;
  std::set<std::string> own_zones_;
  std::vector<Policy> policies_;
  std::vector<std::string> sentences_;
};

}   // namespace

std::vector<std::string> expand(Document& document, const NetworkKeys& keys, const WayOut& way,
                                std::chrono::system_clock::time_point now) {
  if (document.networks.empty()) return {};
  return Expander(document, keys, way, now).run();
}

}   // namespace sluice
