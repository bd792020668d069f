// SPDX-License-Identifier: GPL-2.0-or-later
// Interfaces, zones and sets: the objects whose keys are names.
#include <fmt/format.h>

#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/set_file.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kInterfaceKeys[] = {"zone",   "vrf",  "addresses", "hook", "anti_spoofing",
                                               "bogons", "rate", "bridge",    "vlan", "vxlan"};
constexpr std::string_view kBridgedKeys[] = {"vxlan"};   // of one without a zone
constexpr std::string_view kZoneKeys[] = {"isolated", "uplink", "hosts_may_talk", "dns", "names"};
constexpr std::string_view kSetKeys[] = {"file"};
constexpr std::string_view kHooks[] = {"auto", "xdp", "tc"};
constexpr std::string_view kAntiSpoofing[] = {"strict", "loose", "off"};
constexpr std::string_view kBogons[] = {"accept", "drop"};

std::vector<InterfaceAddress> read_addresses(const Node& node, Draft& draft) {
  std::vector<InterfaceAddress> addresses;
  if (!expect_kind(node, Kind::kList, draft.complaints)) return addresses;
  for (const Node* item : read_one_or_list(node, draft.complaints))
    if (const auto address = read_interface_address(*item, draft.complaints)) addresses.push_back(*address);
  return addresses;
}

void read_sources(const Members& members, Interface& interface, Draft& draft) {
  if (const Node* node = members.find("anti_spoofing"))
    if (const auto word = read_word(*node, kAntiSpoofing, draft.complaints))
      interface.anti_spoofing = static_cast<AntiSpoofing>(*word);
  if (const Node* node = members.find("bogons"))
    if (const auto word = read_word(*node, kBogons, draft.complaints)) interface.drop_bogons = *word == 1;
}

// A tunnel without a zone is a member of a bridge, and everything else is said of that.
bool is_bridged(const Node& node) {
  return node.kind == Kind::kObject && node.member("vxlan") && !node.member("zone");
}

void read_bridged(const Node& node, Draft& draft) {
  const bool good_name = check_device_name(node, draft.complaints);
  const Members members(node, kBridgedKeys, draft.complaints);
  Interface interface;
  interface.name = node.key;
  interface.made = read_made(members, draft);
  interface.line = draft.complaints.line_of(node);
  if (good_name) draft.bridged.push_back({std::move(interface), &node});
}

void read_interface(const Node& node, Draft& draft) {
  if (is_bridged(node)) return read_bridged(node, draft);
  const bool good_name = check_device_name(node, draft.complaints);
  const Members members(node, kInterfaceKeys, draft.complaints);
  Interface interface;
  interface.name = node.key;
  if (const Node* zone = members.require("zone")) interface.zone = read_own_zone(*zone, draft);
  interface.vrf = read_vrf_name(members, "vrf", draft);
  if (const Node* addresses = members.find("addresses"))
    interface.addresses = read_addresses(*addresses, draft);
  if (const Node* hook = members.find("hook"))
    if (const auto word = read_word(*hook, kHooks, draft.complaints))
      interface.hook = static_cast<HookChoice>(*word);
  read_sources(members, interface, draft);
  if (const Node* rate = members.find("rate"))
    if (const auto bits = read_rate(*rate, false, draft.complaints)) interface.rate = bits->amount;
  interface.made = read_made(members, draft);
  interface.line = draft.complaints.line_of(node);
  if (good_name) draft.interfaces.push_back({std::move(interface), &node});
}

void read_zone(const Node& node, Draft& draft) {
  if (!check_name(node.key, node, true, draft.complaints)) return;
  if (node.key == kHostZone)
    draft.complaints.say_about_key(node, "\"host\" is the gateway itself and always there", "another name");
  const Members members(node, kZoneKeys, draft.complaints);
  Zone zone{std::string(node.key)};
  if (const Node* isolated = members.find("isolated"))
    zone.isolated = read_bool(*isolated, draft.complaints).value_or(false);
  if (const Node* uplink = members.find("uplink")) zone.uplink = read_bool(*uplink, draft.complaints);
  if (const Node* talk = members.find("hosts_may_talk")) {
    zone.hosts_may_talk = read_bool(*talk, draft.complaints);
    if (zone.isolated && zone.hosts_may_talk.value_or(false))
      draft.complaints.say(
          *talk, fmt::format("zone {} is isolated: nothing passes between its hosts", quote(zone.name)),
          "one of both");
  }
  if (const Node* dns = members.find("dns")) zone.dns = read_bool(*dns, draft.complaints).value_or(false);
  if (const Node* names = members.find("names")) zone.names = read_name_table(*names, draft);
  draft.zones.push_back({std::move(zone), &node});
}

bool check_set_name(const Node& node, Draft& draft) {
  if (!check_name(node.key, node, true, draft.complaints)) return false;
  if (!looks_like_address(node.key)) return true;
  draft.complaints.say_about_key(
      node, fmt::format("{} would be read as an address where the set is used", quote(node.key)),
      "a name with a letter in it");
  return false;
}

std::vector<Prefix> read_set_members(const Node& node, Draft& draft) {
  std::vector<Prefix> prefixes;
  if (node.kind == Kind::kObject) {
    const Members members(node, kSetKeys, draft.complaints);
    const Node* file = members.require("file");
    return file ? read_set_file(*file, draft) : prefixes;
  }
  if (!expect_kind(node, Kind::kList, draft.complaints)) return prefixes;
  for (const Node* item : read_one_or_list(node, draft.complaints))
    if (const auto prefix = read_prefix(*item, draft.complaints)) prefixes.push_back(*prefix);
  return prefixes;
}

void read_set(const Node& node, Draft& draft) {
  check_set_name(node, draft);
  draft.sets.push_back({{std::string(node.key), read_set_members(node, draft)}, &node});
}

template <class Read>
void read_each(const Node& node, Draft& draft, Read read) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  for (const Node& member : node.children()) read(member, draft);
}

}   // namespace

void read_interfaces(const Node& node, Draft& draft) { read_each(node, draft, read_interface); }
void read_zones(const Node& node, Draft& draft) { read_each(node, draft, read_zone); }
void read_sets(const Node& node, Draft& draft) { read_each(node, draft, read_set); }

}   // namespace sluice::config
