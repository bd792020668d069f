// SPDX-License-Identifier: GPL-2.0-or-later
// Devices that sluice makes: what concerns several of them at once.
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"

namespace sluice::config {
namespace {

using PlacedInterfaces = std::map<std::string_view, const Placed<Interface>*>;

// A bridge, VLAN or VXLAN of the document, and where it is written.
template <class Made>
struct MadeUse {
  const Interface& interface;
  const Made& made;
  const Node& node;   // of the key "bridge", "vlan" or "vxlan"
};

template <class Made, class Each>
void for_each(const Draft& draft, std::string_view key, Each each) {
  for (const auto* placed : {&draft.interfaces, &draft.bridged})
    for (const auto& [interface, node] : *placed)
      if (const auto* made = std::get_if<Made>(&interface.made); made && node->member(key))
        each(MadeUse<Made>{interface, *made, *node->member(key)});
}

const Node& item_of(const MadeUse<Bridge>& use, std::string_view member) {
  if (const Node* list = use.node.member("members"))
    for (const Node& item : list->children())
      if (item.text == member) return item;
  return use.node;
}

class MembersOfBridges {
 public:
  MembersOfBridges(const PlacedInterfaces& interfaces, Complaints& complaints)
      : interfaces_(interfaces), complaints_(complaints) {}

  void check(const MadeUse<Bridge>& use) {
    for (const std::string& member : use.made.members) check_member(use, member);
  }

  // The bridge of a network has no name yet.
  void check_attached(const Placed<Network>& network) {
    const Node* list = network.node->member("attach");
    if (!list || network.value.attach.size() != list->count) return;
    const Node* node = list->first;
    for (const std::string& device : network.value.attach) {
      check_attached(network.value, device, *node);
      node = node->next;
    }
  }

  // Once all bridges are known.
  void check_bridged(const Placed<Interface>& bridged) {
    if (!bridges_.contains(bridged.value.name) && !attached_.contains(bridged.value.name))
      complaints_.say_about_key(*bridged.node, "it has no zone, and is in no bridge",
                                "\"zone\", or a place among the \"members\" of a bridge");
  }

 private:
  void check_member(const MadeUse<Bridge>& use, const std::string& member) {
    const Node& node = item_of(use, member);
    if (member == use.interface.name)
      return complaints_.say(node, "a bridge cannot be its own member", "another device");
    if (const auto own = interfaces_.find(member); own != interfaces_.end())
      return complaints_.say(node,
                             fmt::format("{} is an interface of its own on line {}", quote(member),
                                         complaints_.line_of(*own->second->node)),
                             "what comes in by a member is the bridge's: take one of them out");
    const auto [at, is_new] = bridges_.try_emplace(member, &use.interface);
    if (!is_new && at->second != &use.interface)
      complaints_.say(node,
                      fmt::format("{} is already a member of {}", quote(member), quote(at->second->name)),
                      "a device has one bridge");
  }

  void check_attached(const Network& network, const std::string& device, const Node& node) {
    if (const auto own = interfaces_.find(device); own != interfaces_.end())
      return complaints_.say(node,
                             fmt::format("{} is an interface of its own on line {}", quote(device),
                                         complaints_.line_of(*own->second->node)),
                             "what comes in by it is the network's: take one of them out");
    if (const auto at = bridges_.find(device); at != bridges_.end())
      return complaints_.say(node,
                             fmt::format("{} is already a member of {} on line {}", quote(device),
                                         quote(at->second->name), at->second->line),
                             "a device has one bridge");
    const auto [at, is_new] = attached_.try_emplace(device, &network);
    if (!is_new && at->second != &network)
      complaints_.say(node,
                      fmt::format("{} is already attached to network {} on line {}", quote(device),
                                  quote(at->second->name), at->second->line),
                      "a device has one bridge");
  }

  const PlacedInterfaces& interfaces_;
  Complaints& complaints_;
  std::map<std::string, const Interface*> bridges_;
  std::map<std::string, const Network*> attached_;
};

bool is_port_of(const MadeUse<Bridge>& use, const std::string& device) {
  const auto& members = use.made.members;
  return device == use.interface.name || std::find(members.begin(), members.end(), device) != members.end();
}

void check_port(const MadeUse<Bridge>& use, const BridgePort& port, Complaints& complaints) {
  const Node& node = *use.node.member("ports")->member(port.device);
  if (!is_port_of(use, port.device))
    complaints.say_about_key(node, fmt::format("{} is not a port of this bridge", quote(port.device)),
                             "one of its members, or the bridge itself");
  if (!node.member("untagged") && !node.member("tagged"))
    complaints.say(node, "no VLAN is named", R"("untagged", "tagged" or both)");
  if (port.untagged && std::count(port.tagged.begin(), port.tagged.end(), *port.untagged))
    complaints.say(node, fmt::format("VLAN {} is both tagged and untagged", *port.untagged), "one of both");
}

const BridgePort* port_of(const MadeUse<Bridge>& use, const std::string& device) {
  const auto& ports = use.made.ports;
  const auto at = std::find_if(ports.begin(), ports.end(), [&](const auto& p) { return p.device == device; });
  return at == ports.end() ? nullptr : &*at;
}

// With VLAN filtering a port without a VLAN carries nothing, which nobody means who names it.
void check_bridge_ports(const MadeUse<Bridge>& use, Complaints& complaints) {
  if (use.made.ports.empty()) return;
  for (const BridgePort& port : use.made.ports) check_port(use, port, complaints);
  for (const std::string& member : use.made.members)
    if (!port_of(use, member))
      complaints.say(item_of(use, member), fmt::format("{} is missing in \"ports\"", quote(member)),
                     "with VLAN filtering each member has its VLANs there");
  const BridgePort* own = port_of(use, use.interface.name);
  if (!use.interface.addresses.empty() && (!own || !own->untagged))
    complaints.say(*use.node.member("ports"), "the gateway's own addresses would be in no VLAN",
                   fmt::format("{}: {{\"untagged\": ...}}", quote(use.interface.name)));
}

bool leads_to_itself(const std::string& name, const PlacedInterfaces& interfaces) {
  std::string_view at = name;
  for (size_t steps = 0; steps <= interfaces.size(); ++steps) {
    const auto found = interfaces.find(at);
    const auto* vlan = found == interfaces.end() ? nullptr : std::get_if<Vlan>(&found->second->value.made);
    if (!vlan) return false;
    at = vlan->parent;
    if (at == name) return true;
  }
  return false;
}

using TagKey = std::tuple<std::string, bool, uint16_t>;

void check_vlan(const MadeUse<Vlan>& use, const PlacedInterfaces& interfaces,
                std::map<TagKey, const Interface*>& seen, Complaints& complaints) {
  if (leads_to_itself(use.interface.name, interfaces))
    complaints.say(*use.node.member("parent"), fmt::format("{} is above itself", quote(use.interface.name)),
                   "the device that carries the tagged frames");
  if (use.made.parent.empty() || use.made.id == 0) return;
  const auto [at, is_new] =
      seen.try_emplace({use.made.parent, use.made.service, use.made.id}, &use.interface);
  if (!is_new)
    complaints.say(*use.node.member("id"),
                   fmt::format("VLAN {} of {} is already {} on line {}", use.made.id, quote(use.made.parent),
                               quote(at->second->name), at->second->line),
                   "another id, or another parent");
}

// The kernel tells VXLANs of one family apart by VNI and port alone, wherever they come from.
using TunnelKey = std::tuple<Family, uint16_t, uint32_t>;

void check_peers(const MadeUse<Vxlan>& use, Complaints& complaints) {
  const auto peers = peers_of(use.made);
  const Node* entries = use.node.member("entries");
  if (!use.node.member("remotes") && (!entries || entries->count == 0))
    complaints.say(use.node, "nobody is at the other end", R"(name "remotes", or "entries" with theirs)");
  for (const IpAddress& peer : peers) {
    if (peer.family() != use.made.local.family())
      complaints.say(place(use.node, "remotes"),
                     fmt::format("{} is {}, and the local address is {}", peer.to_string(),
                                 to_string(peer.family()), to_string(use.made.local.family())),
                     "addresses of one family");
    if (peer == use.made.local)
      complaints.say(place(use.node, "remotes"), fmt::format("{} is the local address", peer.to_string()),
                     "the address of the other end");
  }
}

void check_entries(const MadeUse<Vxlan>& use, Complaints& complaints) {
  std::set<MacAddress> seen;
  for (const VxlanEntry& entry : use.made.entries)
    if (!seen.insert(entry.mac).second)
      complaints.say(place(use.node, "entries"),
                     fmt::format("{} is there twice", quote(to_string(entry.mac))),
                     "a device is in one place");
}

void check_vxlan(const MadeUse<Vxlan>& use, std::map<TunnelKey, const Interface*>& seen,
                 Complaints& complaints) {
  check_entries(use, complaints);
  if (use.made.local.is_unspecified() || use.made.vni == 0) return;
  check_peers(use, complaints);
  const auto [at, is_new] =
      seen.try_emplace({use.made.local.family(), use.made.port, use.made.vni}, &use.interface);
  if (!is_new)
    complaints.say(*use.node.member("vni"),
                   fmt::format("VNI {} at port {} is already {} on line {}", use.made.vni, use.made.port,
                               quote(at->second->name), at->second->line),
                   "another VNI, or another port");
}

bool listens_at(const Forward& forward, const IpAddress& local, const PlacedInterfaces& interfaces) {
  if (const auto* address = std::get_if<IpAddress>(&forward.listen)) return *address == local;
  const auto at = interfaces.find(std::get<std::string>(forward.listen));
  if (at == interfaces.end()) return false;
  const auto& own = at->second->value.addresses;
  return std::any_of(own.begin(), own.end(), [&](const auto& one) { return one.address == local; });
}

bool takes_port(const Forward& forward, uint16_t port) {
  return std::count(forward.protocols.begin(), forward.protocols.end(), IPPROTO_UDP) &&
         std::any_of(forward.ports.begin(), forward.ports.end(),
                     [&](const PortRange& range) { return range.contains(port); });
}

// What a forward takes never reaches the gateway itself.
void check_forwards_leave(const MadeUse<Vxlan>& use, const PlacedInterfaces& interfaces, const Draft& draft) {
  for (const auto& [forward, node] : draft.forwards)
    if (takes_port(forward, use.made.port) && listens_at(forward, use.made.local, interfaces))
      draft.complaints.say(
          place(*node, "ports"),
          fmt::format("UDP port {} of {} is where {} on line {} gets its packets", use.made.port,
                      use.made.local.to_string(), quote(use.interface.name), use.interface.line),
          "another port, or another address");
}

void check_hooks(const Draft& draft) {
  for (const auto& [interface, node] : draft.interfaces)
    if (interface.made.index() != 0 && interface.hook == HookChoice::kXdp)
      draft.complaints.say(*node->member("hook"), "a device that sluice makes takes no native XDP",
                           R"("tc", or leave "hook" out)");
}

}   // namespace

void check_made_interfaces(Draft& draft) {
  PlacedInterfaces interfaces;
  for (const auto& interface : draft.interfaces) interfaces.try_emplace(interface.value.name, &interface);
  check_hooks(draft);
  MembersOfBridges members(interfaces, draft.complaints);
  std::map<TagKey, const Interface*> tags;
  std::map<TunnelKey, const Interface*> tunnels;
  for_each<Bridge>(draft, "bridge", [&](const MadeUse<Bridge>& use) {
    members.check(use);
    check_bridge_ports(use, draft.complaints);
  });
  for (const auto& network : draft.networks) members.check_attached(network);
  for (const auto& bridged : draft.bridged) members.check_bridged(bridged);
  for_each<Vlan>(draft, "vlan",
                 [&](const MadeUse<Vlan>& use) { check_vlan(use, interfaces, tags, draft.complaints); });
  for_each<Vxlan>(draft, "vxlan", [&](const MadeUse<Vxlan>& use) {
    check_vxlan(use, tunnels, draft.complaints);
    check_forwards_leave(use, interfaces, draft);
  });
}

}   // namespace sluice::config
