// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses of a cluster: those that are where the active node is, and those that each node has.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"

namespace sluice::config {
namespace {

// keepalived's configuration has a meaning for others.
bool is_plain_name(std::string_view name) {
  return std::ranges::all_of(
      name, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == '@'; });
}

class AddressesOfNodes {
 public:
  AddressesOfNodes(Cluster& cluster, const Node& node, Draft& draft)
      : cluster_(cluster), node_(node), draft_(draft) {}

  void check() {
    for (auto& [interface, node] : draft_.interfaces) interfaces_.emplace(interface.name, &interface);
    if (cluster_.addresses) check_moving();
    check_own();
    if (cluster_.addresses && cluster_.addresses->unicast) find_peers(*cluster_.addresses);
  }

 private:
  // Others may be on the other end of it. The gateway alone is on one of a bridge without members, which is
  // for containers.
  bool has_wire(const Interface& interface) const {
    if (std::holds_alternative<std::monostate>(interface.made) ||
        std::holds_alternative<Vxlan>(interface.made) || std::holds_alternative<Vlan>(interface.made))
      return true;
    const auto* bridge = std::get_if<Bridge>(&interface.made);
    return bridge && !bridge->members.empty();
  }

  void check_moving() {
    const MovingAddresses& moving = *cluster_.addresses;
    const Node* place_of_moving = node_.member("addresses");
    if (moving.interface.empty() || moving.id == 0 || !place_of_moving) return;
    const Node& at = place(*place_of_moving, "interface");
    const auto heard = interfaces_.find(moving.interface);
    if (heard == interfaces_.end() || !has_wire(*heard->second) || !heard->second->vrf.empty())
      return draft_.complaints.say(
          at, fmt::format("nodes cannot hear each other by {}", quote(moving.interface)),
          "an interface of the document that other machines are on, outside of VRFs");
    bool any = false;
    for (auto& [interface, node] : draft_.interfaces) {
      if (!has_wire(interface)) continue;
      interface.moves = true;
      any |= !interface.addresses.empty();
      if (!is_plain_name(interface.name))
        draft_.complaints.say(*node, fmt::format("addresses of {} cannot move", quote(interface.name)),
                              "letters, digits and . - _ @ in its name");
    }
    if (!any)
      draft_.complaints.say(*place_of_moving, "no interface has an address that could move",
                            "\"addresses\" of an interface");
  }

  void check_own() {
    const Node* nodes = node_.member("nodes");
    if (!nodes || nodes->kind != Kind::kObject) return;
    for (const Node& node : nodes->children()) {
      const Node* listed = node.member("interfaces");
      const auto known = cluster_.nodes.find(node.key);
      if (!listed || listed->kind != Kind::kObject || known == cluster_.nodes.end()) continue;
      for (const Node& one : listed->children())
        if (const auto own = known->second.find(one.key); own != known->second.end())
          check_interface(node.key, own->second, one);
    }
  }

  void check_interface(std::string_view node, const NodeInterface& own, const Node& place) {
    if (own.addresses.empty()) return;
    const auto at = find_shared(place.key);
    if (at == interfaces_.end())
      return draft_.complaints.say(place, fmt::format("there is no interface {}", quote(place.key)),
                                   "one of the document's");
    Interface& interface = *at->second;
    for (const InterfaceAddress& address : own.addresses) {
      const auto same = [&](const InterfaceAddress& one) { return one.address == address.address; };
      if (std::ranges::any_of(interface.addresses, same))
        draft_.complaints.say(
            place, fmt::format("{} is an address of all nodes already", address.address.to_string()));
      else if (!seen_.insert({interface.name, address.address}).second)
        draft_.complaints.say(place,
                              fmt::format("{} is another node's already", address.address.to_string()));
    }
    if (node == cluster_.node) interface.own_addresses = own.addresses;
  }

  // Of each node the first address of a family that all of them have at that interface.
  void find_peers(MovingAddresses& moving) {
    for (const bool ipv4 : {true, false}) {
      moving.own.reset();
      moving.peers.clear();
      bool all = true;
      for (const auto& [node, interfaces] : cluster_.nodes) {
        const auto address = own_address(interfaces, moving.interface, ipv4);
        all &= address.has_value();
        if (!address) continue;
        if (node == cluster_.node)
          moving.own = address;
        else
          moving.peers.push_back(*address);
      }
      if (all && moving.own && !moving.peers.empty()) return;
    }
    const Node* at = node_.member("addresses");
    draft_.complaints.say(place(*at, "unicast"),
                          fmt::format("nodes have no addresses of their own at {}", quote(moving.interface)),
                          "two \"nodes\" at least, each with an address of one family for this interface");
  }

  std::optional<IpAddress> own_address(const NodeInterfaces& interfaces, std::string_view name, bool ipv4) {
    for (const auto& [shared, interface] : interfaces) {
      const auto at = find_shared(shared);
      if (at == interfaces_.end() || at->second->name != name) continue;
      for (const InterfaceAddress& one : interface.addresses)
        if (one.address.is_ipv4() == ipv4) return one.address;
    }
    return std::nullopt;
  }

  // The document has this node's names, or those that all nodes share.
  std::map<std::string, Interface*, std::less<>>::iterator find_shared(std::string_view shared) {
    if (const auto node = cluster_.nodes.find(cluster_.node); node != cluster_.nodes.end())
      if (const auto own = node->second.find(shared); own != node->second.end())
        if (const auto at = interfaces_.find(own->second.device); at != interfaces_.end()) return at;
    return interfaces_.find(shared);
  }

  Cluster& cluster_;
  const Node& node_;
  Draft& draft_;
  std::map<std::string, Interface*, std::less<>> interfaces_;
  std::set<std::pair<std::string, IpAddress>> seen_;
};

}   // namespace

void check_cluster(Draft& draft) {
  if (!draft.cluster || draft.cluster->node->kind != Kind::kObject) return;
  AddressesOfNodes(draft.cluster->value, *draft.cluster->node, draft).check();
}

}   // namespace sluice::config
