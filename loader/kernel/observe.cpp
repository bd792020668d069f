// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/observe.hpp"

#include <algorithm>

#include "kernel/ethtool/nic_settings.hpp"
#include "kernel/machine.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/link_contents.hpp"
#include "kernel/netlink/link_table.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/queues.hpp"
#include "kernel/netlink/routes.hpp"
#include "kernel/netlink/rules.hpp"
#include "kernel/netns/space.hpp"
#include "kernel/nft/mac_limits.hpp"
#include "kernel/observe_sysctls.hpp"
#include "kernel/probe.hpp"
#include "kernel/wireguard/wireguard.hpp"
#include "plan/parts.hpp"

namespace sluice {

namespace {

Result<std::map<std::string, ObservedLink>> observe_links(LinkTable* known) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  std::map<uint32_t, std::vector<ObservedAddress>> by_index;
  std::map<std::string, ObservedLink> links;
  auto found = TRY(known ? known->list() : list_links(rtnl));
  for (const LinkAddress& own : TRY(list_addresses(rtnl))) by_index[own.index].push_back(own.address);
  for (ObservedLink& link : found) {
    link.addresses = std::move(by_index[link.index]);
    links.emplace(link.name, std::move(link));
  }
  return links;
}

Result<Routing> observe_routing(std::set<uint32_t>& default_ways) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  Routing routing;
  default_ways = TRY(list_default_ways(rtnl));
  routing.routes = TRY(list_own_routes(rtnl));
  routing.rules = TRY(list_own_rules(rtnl));
  return routing;
}

Result<> observe_queues(Observed& observed) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  DeviceQueues found = TRY(list_queues(rtnl));
  for (const auto& [name, link] : observed.links) {
    if (const auto own = found.own.find(link.index); own != found.own.end())
      observed.queues[name] = std::move(own->second);
    if (const auto other = found.other.find(link.index); other != found.other.end())
      observed.other_queues[name] = std::move(other->second);
  }
  return {};
}

void claim_marked(const std::string& name, const ObservedLink& link, Observed& observed) {
  if (link.marked) observed.owned_links[name] = {link.kind, link.index};
  for (const ObservedAddress& own : link.addresses)
    if (own.marked) observed.owned_addresses.emplace(name, own.address);
}

// A pair into a namespace that has lost its name, or whose name another one has now, is not what it was made
// for. And whose store forgot it knows a namespace by the pair that leads into it.
void compare_space(ObservedLink& link, Observed& observed) {
  auto* veth = std::get_if<VethLink>(&link.parameters);
  if (!veth || veth->is_others()) return;   // no pair outlives its namespace
  const auto space = observed.spaces.find(veth->space);
  if (space == observed.spaces.end() || space->second.number != veth->number)
    veth->space.clear();
  else
    observed.owned_spaces.emplace(space->first, space->second.number);
}

void name_master(ObservedLink& link, const Observed& observed) {
  if (link.master_index == 0) return;
  for (const auto& [name, other] : observed.links)
    if (other.index == link.master_index) link.master = name;
}

}   // namespace

void observe_tunnels(Observed& observed) {
  for (const auto& [name, link] : observed.links) {
    if (!std::holds_alternative<WireguardLink>(link.parameters)) continue;
    if (auto tunnel = read_tunnel(name); tunnel && *tunnel)
      observed.tunnels.emplace(name, std::move(**tunnel));
  }
}

Result<Observed> observe_addresses(LinkTable* known) {
  Observed observed;
  observed.links = TRY_TO("look at the network", observe_links(known));
  return observed;
}

Result<Observed> observe_ways_out(LinkTable* known) {
  Observed observed;
  observed.links = TRY_TO("look at the network", observe_links(known));
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  observed.default_ways = TRY_TO("look at the network", list_default_ways(rtnl));
  observed.main_routes = TRY_TO("look at the network", list_main_routes(rtnl));
  return observed;
}

Result<Observed> observe_network(LinkTable* known) {
  Observed observed;
  observed.links = TRY_TO("look at the network", observe_links(known));
  for (const auto& [name, link] : observed.links) claim_marked(name, link, observed);
  observed.spaces = list_spaces(space_of(""));
  for (auto& [name, link] : observed.links) compare_space(link, observed);
  observe_tunnels(observed);
  observed.routing = TRY_TO("look at the network", observe_routing(observed.default_ways));
  TRY_TO("look at the network", observe_queues(observed));
  const Memory memory = TRY(read_memory());
  observed.memory = memory.total;
  observed.memory_available = memory.available;
  observed.sysctls = TRY_TO("look at the network", observe_sysctls(observed.links));
  return observed;
}

Result<> observe_link(const std::string& name, Observed& observed) {
  RtnlSocket rtnl = TRY(RtnlSocket::open());
  auto link = TRY(find_link(rtnl, name));
  observed.links.erase(name);
  if (!link) return {};
  name_master(*link, observed);
  for (const LinkAddress& own : TRY(list_addresses(rtnl, link->index)))
    link->addresses.push_back(own.address);
  compare_space(*link, observed);
  claim_marked(name, *link, observed);
  TRY(observe_sysctls(*link, observed.sysctls));
  observed.links.emplace(name, std::move(*link));
  return {};
}

namespace {

class LinkObserver {
 public:
  LinkObserver(RtnlSocket& rtnl, Observed& observed) : rtnl_(rtnl), observed_(observed) {}

  // A device that is there shows that its kind can be made.
  void try_kind(const MadeLink& link) {
    const std::string kind(kind_name(link.parameters));
    const auto* bridge = std::get_if<BridgeLink>(&link.parameters);
    const auto owned = observed_.owned_links.find(link.name);
    const bool is_there = owned != observed_.owned_links.end() && owned->second.kind == kind;
    if (std::holds_alternative<WireguardLink>(link.parameters) && !is_there) return try_backend(kind);
    if (!is_there) try_one(kind, kind);
    if (bridge && bridge->vlan_filtering) try_one("vlan-filter", kind);
  }

  Result<> look_at(const std::string& name, const Vxlan& vxlan) {
    if (vxlan.lower.empty()) TRY(look_at_ways(vxlan));
    const auto link = observed_.links.find(name);
    if (link != observed_.links.end() && link->second.kind == "vxlan")
      observed_.forwarding[name] = TRY(vxlan.lower.empty() ? list_places(link->second.index, peers_of(vxlan))
                                                           : list_entries(rtnl_, link->second.index));
    return {};
  }

  Result<> look_at_ports() {
    const auto ports = TRY(list_port_vlans(rtnl_));
    for (const auto& [name, link] : observed_.links)
      if (const auto at = ports.find(link.index); at != ports.end()) observed_.port_vlans[name] = at->second;
    return {};
  }

 private:
  // In the main table.
  Result<> look_at_ways(const Vxlan& vxlan) {
    for (const IpAddress& peer : peers_of(vxlan))
      if (const auto route = TRY(look_up_route(rtnl_, peer)); route && !route->local)
        observed_.underlays[peer] = {route->ifindex, mtu_of(route->ifindex)};
    return {};
  }

  // What was put there by hand, and what was learned of somebody who is no remote any more.
  Result<std::set<ForwardingEntry>> list_places(uint32_t index, const std::vector<IpAddress>& peers) {
    auto places = TRY(list_entries(rtnl_, index));
    for (const FdbEntry& entry : TRY(list_fdb(rtnl_, index)))
      if (entry.learned && !entry.told && std::ranges::find(peers, entry.remote) == peers.end())
        places.insert({entry.mac, entry.remote});
    return places;
  }

  void try_one(std::string_view what, const std::string& kind) {
    note_refusal(kind, probe_link_kind(rtnl_, what));
  }

  void try_backend(const std::string& kind) {
    const TunnelBackends found = find_tunnel_backends(rtnl_);
    if (kind == "wireguard") note_refusal(kind, found.kernel);
    note_refusal("tun", found.userspace);
  }

  void note_refusal(const std::string& kind, const ProbeRow& row) {
    const std::string refusal = refusal_of(row);
    if (!refusal.empty()) observed_.kinds_refused.try_emplace(kind, refusal);
  }

  uint32_t mtu_of(uint32_t index) const {
    for (const auto& [name, link] : observed_.links)
      if (link.index == index) return link.mtu;
    return 0;
  }

  RtnlSocket& rtnl_;
  Observed& observed_;
};

}   // namespace

namespace {

std::set<std::string> trunks_of(const Document& document, const Observed& observed) {
  std::set<std::string> names;
  for (const Interface& interface : document.interfaces)
    if (const auto* vlan = std::get_if<Vlan>(&interface.made)) names.insert(vlan->parent);
  for (const auto& [name, link] : observed.links)
    if (const auto* vlan = std::get_if<VlanLink>(&link.parameters)) names.insert(vlan->parent);
  return names;
}

// Of hardware: what other devices say of it has no meaning.
void look_at_trunks(const Document& document, Observed& observed) {
  Result<NicReader> reader = std::unexpected(Error{});
  for (const std::string& name : trunks_of(document, observed)) {
    const auto link = observed.links.find(name);
    if (link == observed.links.end() || !link->second.kind.empty()) continue;
    if (!reader) reader = NicReader::open();
    if (!reader) return;
    if (const auto nic = reader->read(link->second)) link->second.hides_tags = nic->hides_tags();
  }
}

// No nftables: no table. Nobody asks for its limits where the document has none.
void look_at_mac_limits(const Document& document, Observed& observed) {
  if (auto seen = observe_mac_limits()) observed.mac_limits = std::move(*seen);
  if (!observed.mac_limits.is_there && !wanted_mac_limits(document).empty())
    observed.mac_limits.refused = refusal_of_mac_limits();
}

}   // namespace

Result<> observe_made_links(RtnlSocket& rtnl, const Document& document, Observed& observed) {
  look_at_trunks(document, observed);
  look_at_mac_limits(document, observed);
  LinkObserver observer(rtnl, observed);
  for (const MadeLink& link : wanted_links(document, observed)) observer.try_kind(link);
  bool filters = false;
  for (const Interface* interface : all_interfaces(document)) {
    if (const auto* vxlan = std::get_if<Vxlan>(&interface->made))
      TRY(observer.look_at(interface->name, *vxlan));
    const auto* bridge = std::get_if<Bridge>(&interface->made);
    filters = filters || (bridge && !bridge->ports.empty());
  }
  return filters ? observer.look_at_ports() : Result<>();
}

}   // namespace sluice
