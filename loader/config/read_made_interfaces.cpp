// SPDX-License-Identifier: GPL-2.0-or-later
// Interfaces whose device sluice makes: bridges, VLANs, VXLANs.
#include <fmt/format.h>

#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kBridgeKeys[] = {"members", "ports", "isolated"};
constexpr std::string_view kPortKeys[] = {"untagged", "tagged"};
constexpr std::string_view kVlanKeys[] = {"parent", "id", "protocol"};
constexpr std::string_view kVxlanKeys[] = {"vni", "local", "remotes", "port", "learning", "entries"};
constexpr std::string_view kEntryKeys[] = {"mac", "remote"};
constexpr std::string_view kTagProtocols[] = {"802.1Q", "802.1ad"};

std::vector<std::string> read_members(const Node& node, Draft& draft) {
  std::vector<std::string> members;
  if (!expect_kind(node, Kind::kList, draft.complaints) || node.count == 0) return members;
  for (const Node* item : read_one_or_list(node, draft.complaints))
    if (const auto name = read_device_name(*item, draft.complaints)) members.emplace_back(*name);
  return members;
}

std::optional<uint16_t> read_vlan(const Node& node, Draft& draft) {
  const auto id = read_count(node, 1, kLastVlan, draft.complaints);
  return id ? std::optional(static_cast<uint16_t>(*id)) : std::nullopt;
}

std::vector<uint16_t> read_vlans(const Node& node, Draft& draft) {
  std::vector<uint16_t> ids;
  if (!expect_kind(node, Kind::kList, draft.complaints)) return ids;
  for (const Node* item : read_one_or_list(node, draft.complaints))
    if (const auto id = read_vlan(*item, draft)) ids.push_back(*id);
  return ids;
}

BridgePort read_port(const Node& node, Draft& draft) {
  const Members members(node, kPortKeys, draft.complaints);
  BridgePort port{.device = std::string(node.key)};
  if (const Node* untagged = members.find("untagged")) port.untagged = read_vlan(*untagged, draft);
  if (const Node* tagged = members.find("tagged")) port.tagged = read_vlans(*tagged, draft);
  return port;
}

std::vector<BridgePort> read_bridge_ports(const Node& node, Draft& draft) {
  std::vector<BridgePort> ports;
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return ports;
  if (node.count == 0)
    draft.complaints.say(node, "no port is named", "leave \"ports\" out: no VLAN filtering");
  for (const Node& member : node.children()) ports.push_back(read_port(member, draft));
  return ports;
}

Bridge read_bridge(const Node& node, Draft& draft) {
  const Members members(node, kBridgeKeys, draft.complaints);
  Bridge bridge;
  if (const Node* list = members.find("members")) bridge.members = read_members(*list, draft);
  if (const Node* ports = members.find("ports")) bridge.ports = read_bridge_ports(*ports, draft);
  if (const Node* isolated = members.find("isolated"))
    bridge.isolated = read_bool(*isolated, draft.complaints).value_or(false);
  return bridge;
}

Vlan read_tagged(const Node& node, Draft& draft) {
  const Members members(node, kVlanKeys, draft.complaints);
  Vlan vlan;
  if (const Node* parent = members.require("parent"))
    vlan.parent = read_device_name(*parent, draft.complaints).value_or("");
  if (const Node* id = members.require("id")) vlan.id = read_vlan(*id, draft).value_or(0);
  if (const Node* protocol = members.find("protocol"))
    vlan.service = read_word(*protocol, kTagProtocols, draft.complaints) == 1;
  return vlan;
}

// Outer packets have one sender and one receiver.
std::optional<IpAddress> read_endpoint(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  const auto address = text ? parse_address(*text, node, draft.complaints) : std::nullopt;
  if (!address) return std::nullopt;
  if (!address->is_unspecified() && !address->is_multicast() && !address->is_loopback() &&
      !address->is_link_local())
    return address;
  draft.complaints.say(node, fmt::format("{} cannot be an end of a tunnel", quote(*text)),
                       "an address that others can reach");
  return std::nullopt;
}

std::optional<MacAddress> read_mac(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text) return std::nullopt;
  if (const auto mac = parse_mac(*text); mac && !((*mac)[0] & 1) && *mac != MacAddress{}) return mac;
  draft.complaints.say(node, fmt::format("{} is not the MAC address of one device", quote(*text)),
                       R"(such as "02:00:5e:00:53:01")");
  return std::nullopt;
}

void read_entry(const Node& node, Vxlan& vxlan, Draft& draft) {
  const Members members(node, kEntryKeys, draft.complaints);
  const Node *mac = members.require("mac"), *remote = members.require("remote");
  const auto who = mac ? read_mac(*mac, draft) : std::nullopt;
  const auto where = remote ? read_endpoint(*remote, draft) : std::nullopt;
  if (who && where) vxlan.entries.push_back({*who, *where});
}

void read_peers(const Members& members, Vxlan& vxlan, Draft& draft) {
  if (const Node* local = members.require("local"))
    vxlan.local = read_endpoint(*local, draft).value_or(IpAddress{});
  if (const Node* remotes = members.find("remotes");
      remotes && expect_kind(*remotes, Kind::kList, draft.complaints))
    for (const Node* item : read_one_or_list(*remotes, draft.complaints))
      if (const auto remote = read_endpoint(*item, draft)) vxlan.remotes.push_back(*remote);
  if (const Node* entries = members.find("entries"))
    for (const Node* item : read_list(*entries, draft.complaints)) read_entry(*item, vxlan, draft);
}

Vxlan read_vxlan(const Node& node, Draft& draft) {
  const Members members(node, kVxlanKeys, draft.complaints);
  Vxlan vxlan;
  if (const Node* vni = members.require("vni"))
    vxlan.vni = read_count(*vni, 1, kLastVni, draft.complaints).value_or(0);
  read_peers(members, vxlan, draft);
  if (const Node* port = members.find("port"))
    vxlan.port = static_cast<uint16_t>(read_count(*port, 1, 65535, draft.complaints).value_or(kVxlanPort));
  if (const Node* learning = members.find("learning"))
    vxlan.learning = read_bool(*learning, draft.complaints).value_or(true);
  return vxlan;
}

}   // namespace

MadeInterface read_made(const Members& interface, Draft& draft) {
  const Node* seen = nullptr;
  MadeInterface made;
  for (const char* key : {"bridge", "vlan", "vxlan"}) {
    const Node* node = interface.find(key);
    if (!node) continue;
    if (seen)
      draft.complaints.say_about_key(*node, fmt::format("it is a {} already", seen->key),
                                     "a device is one of bridge, vlan and vxlan");
    seen = node;
    if (node->key == "bridge") made = read_bridge(*node, draft);
    if (node->key == "vlan") made = read_tagged(*node, draft);
    if (node->key == "vxlan") made = read_vxlan(*node, draft);
  }
  return made;
}

}   // namespace sluice::config
