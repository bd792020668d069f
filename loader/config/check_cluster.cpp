// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses of a cluster: those that are where the active node is, those that each node has, and those by
// which nodes reach each other.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/listening.hpp"

namespace sluice::config {
namespace {

// keepalived's configuration has a meaning for others.
bool is_plain_name(std::string_view name) {
  return std::ranges::all_of(
      name, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == '@'; });
}

// Of this node and of all others, one each, of one family.
struct NodeVoices {
  IpAddress own;
  std::vector<IpAddress> peers;
};

class AddressesOfNodes {
 public:
  AddressesOfNodes(Cluster& cluster, const Node& node, Draft& draft)
      : cluster_(cluster), node_(node), draft_(draft) {}

  void check() {
    for (auto& [interface, node] : draft_.interfaces) interfaces_.emplace(interface.name, &interface);
    if (cluster_.addresses) choose_voice(*cluster_.addresses);
    if (cluster_.addresses) check_moving();
    check_own();
    if (cluster_.addresses) check_neighbours(*cluster_.addresses);
    if (cluster_.addresses && cluster_.addresses->unicast && !cluster_.addresses->interface.empty())
      take_peers(*cluster_.addresses, "addresses", "unicast");
    if (cluster_.sync) check_sync(*cluster_.sync);
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

  // Whether they can by the interface that this part of the cluster names; complains where not.
  bool hear_each_other_by(const std::string& interface, const Node& part) {
    const auto heard = interfaces_.find(interface);
    if (heard != interfaces_.end() && has_wire(*heard->second) && heard->second->vrf.empty()) return true;
    draft_.complaints.say(place(part, "interface"),
                          fmt::format("nodes cannot hear each other by {}", quote(interface)),
                          "an interface of the document that other machines are on, outside of VRFs");
    return false;
  }

  // By the link that they send their state on, where nothing else is said.
  void choose_voice(MovingAddresses& moving) {
    const Node* part = node_.member("addresses");
    if (!part || part->kind != Kind::kObject || part->member("interface")) return;
    if (const Node* by = part->member("by"); !by || by->text != "bgp") return;
    if (cluster_.sync) moving.interface = cluster_.sync->interface;
    if (moving.interface.empty())
      draft_.complaints.say(*part, "nodes cannot agree about who has the addresses",
                            "\"interface\", by which they hear each other, or \"sync\"");
  }

  // Each is on a wire with a node, by an address that the node has whether it is active or not.
  void check_neighbours(MovingAddresses& moving) {
    if (moving.neighbours.empty()) return;
    const Node& listed = *node_.member("addresses")->member("neighbors");
    for (ClusterNeighbour& neighbour : moving.neighbours) {
      bool reached = false;
      for (const auto& [node, interfaces] : cluster_.nodes)
        for (const auto& [shared, own] : interfaces)
          for (const InterfaceAddress& address : own.addresses) {
            if (!Prefix::of(address).contains(neighbour.address) || address.address == neighbour.address)
              continue;
            reached = true;
            if (node == cluster_.node) note_way(neighbour, shared, address);
          }
      if (!reached)
        draft_.complaints.say(listed,
                              fmt::format("no node is on a wire with {}", neighbour.address.to_string()),
                              "\"addresses\" of a node in \"nodes\", in one network with it");
    }
  }

  void note_way(ClusterNeighbour& neighbour, std::string_view shared, const InterfaceAddress& own) {
    const auto at = find_shared(shared);
    if (at == interfaces_.end() || !at->second->vrf.empty()) return;
    neighbour.own = own.address;
    neighbour.interface = at->second->name;
  }

  void check_moving() {
    const MovingAddresses& moving = *cluster_.addresses;
    const Node* place_of_moving = node_.member("addresses");
    if (moving.interface.empty() || moving.id == 0 || !place_of_moving) return;
    if (!hear_each_other_by(moving.interface, *place_of_moving)) return;
    bool any = false;
    for (auto& [interface, node] : draft_.interfaces) {
      if (!has_wire(interface)) continue;
      interface.moves = !cluster_.all_carry || interface.name == moving.interface;
      interface.shared = cluster_.all_carry && !interface.moves;
      any |= !interface.addresses.empty();
      if (!is_plain_name(interface.name))
        draft_.complaints.say(*node, fmt::format("addresses of {} cannot move", quote(interface.name)),
                              "letters, digits and . - _ @ in its name");
    }
    if (!any && moving.asn == 0)   // routers may be told of addresses that are at no interface
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
  std::optional<NodeVoices> voices_at(const std::string& interface) {
    for (const bool ipv4 : {true, false}) {
      std::optional<IpAddress> own;
      std::vector<IpAddress> peers;
      bool all = true;
      for (const auto& [node, interfaces] : cluster_.nodes) {
        const auto addresses = own_addresses(interfaces, interface, ipv4);
        all &= !addresses.empty();
        if (addresses.empty()) continue;
        if (node == cluster_.node)
          own = addresses.front();
        else
          peers.push_back(addresses.front());
      }
      if (all && own && !peers.empty()) return NodeVoices{*own, std::move(peers)};
    }
    return std::nullopt;
  }

  std::vector<IpAddress> own_addresses(const NodeInterfaces& interfaces, std::string_view name, bool ipv4) {
    std::vector<IpAddress> addresses;
    for (const auto& [shared, interface] : interfaces) {
      const auto at = find_shared(shared);
      if (at == interfaces_.end() || at->second->name != name) continue;
      for (const InterfaceAddress& one : interface.addresses)
        if (one.address.is_ipv4() == ipv4) addresses.push_back(one.address);
    }
    return addresses;
  }

  // `part`: addresses, or sync; what of it means the nodes' own addresses is at `key`.
  template <class Part>
  void take_peers(Part& part, std::string_view name, std::string_view key) {
    if (auto voices = voices_at(part.interface)) {
      part.own = voices->own;
      part.peers = std::move(voices->peers);
    } else {
      say_no_own(part.interface, place(*node_.member(name), key));
    }
  }

  void say_no_own(const std::string& interface, const Node& at) {
    draft_.complaints.say(at, fmt::format("nodes have no addresses of their own at {}", quote(interface)),
                          "two \"nodes\" at least, each with an address of one family for this interface");
  }

  void check_sync(StateSync& sync) {
    const Node& at = *node_.member("sync");
    if (at.kind != Kind::kObject) return;
    if (!cluster_.addresses)
      return draft_.complaints.say(at, "nodes send each other no state where each has all addresses",
                                   "\"addresses\"");
    if (sync.interface.empty() || !hear_each_other_by(sync.interface, at)) return;
    if (const Node* listed = at.member("peers"))
      leave_out_own(sync, at, *listed);
    else
      take_peers(sync, "sync", "interface");
    if (sync.own) check_listening(draft_, {*sync.own, sync.port}, at, "port");
  }

  // All nodes have the same list.
  void leave_out_own(StateSync& sync, const Node& part, const Node& listed) {
    const auto here = cluster_.nodes.find(cluster_.node);
    if (sync.peers.empty()) return;   // none that could be read
    const bool ipv4 = sync.peers.front().is_ipv4();
    if (here != cluster_.nodes.end())
      for (const IpAddress& own : own_addresses(here->second, sync.interface, ipv4)) {
        const bool is_listed = std::erase(sync.peers, own) != 0;
        if (is_listed || !sync.own) sync.own = own;
      }
    if (!sync.own)
      say_no_own(sync.interface, place(part, "interface"));
    else if (sync.peers.empty())
      draft_.complaints.say(listed, "no other node is among them", "the addresses of all nodes");
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
