// SPDX-License-Identifier: GPL-2.0-or-later
// Networks that carry frames: which VLANs, by which VNIs, and with which devices of the gateway.
#include <fmt/format.h>

#include <set>

#include "base/number.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

struct KeyOfPackets {
  std::string_view key, reason;
};

constexpr KeyOfPackets kNotOfL2[] = {
    {"subnet6", "outer packets of frames are IPv4: an l2 network has no IPv6 addresses of the tunnel"},
    {"peers_may_talk", "endpoints of an l2 network are in one LAN, and always reach each other"},
    {"dns", "hosts of an l2 network ask the resolvers of their LAN"}};
constexpr std::string_view kOfFramesAlone[] = {"vlans", "vni", "attach"};

struct VlanRange {
  uint16_t first = 0, last = 0;
};

std::optional<VlanRange> parse_vlans(std::string_view text) {
  const size_t dash = text.find('-');
  const auto first = whole_number<uint16_t>(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : whole_number<uint16_t>(text.substr(dash + 1));
  if (!first || !last || *first == 0 || *first > *last || *last > kLastVlan) return std::nullopt;
  return VlanRange{*first, *last};
}

std::optional<VlanRange> read_vlan_range(const Node& node, Complaints& complaints) {
  const auto text = node.kind == Kind::kNumber ? std::optional(node.text) : read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto range = parse_vlans(*text);
  if (!range)
    complaints.say(node, fmt::format("{} is neither a VLAN nor a range of them", quote(*text)),
                   R"(1 to 4094, such as 100 or "100-110")");
  return range;
}

struct ReadRange {
  VlanRange range;
  const Node* node;
};

// One complaint for each that has a VLAN in common with an earlier one. Of the same text twice it is said
// already.
void check_apart(const ReadRange& one, const std::vector<ReadRange>& earlier, Complaints& complaints) {
  for (const auto& [other, node] : earlier) {
    if (one.range.first > other.last || other.first > one.range.last) continue;
    if (one.node->text != node->text)
      complaints.say(*one.node, fmt::format("{} overlaps {}", one.node->text, node->text), "each VLAN once");
    return;
  }
}

std::vector<uint16_t> read_vlan_ranges(const Node& node, Complaints& complaints) {
  std::vector<ReadRange> seen;
  std::set<uint16_t> ids;
  for (const Node* item : read_one_or_list(node, complaints)) {
    const auto range = read_vlan_range(*item, complaints);
    if (!range) continue;
    check_apart({*range, item}, seen, complaints);
    seen.push_back({*range, item});
    for (uint32_t id = range->first; id <= range->last; ++id) ids.insert(static_cast<uint16_t>(id));
  }
  return {ids.begin(), ids.end()};
}

void read_vni(const Node& node, Network& network, Complaints& complaints) {
  if (network.type != NetworkType::kL2Mesh)
    return complaints.say(node, "an l2-point-to-point network has no VNI: its frames are in GRE",
                          "another type, or no such key");
  network.vni = read_count(node, 1, kLastVni, complaints);
  const auto vnis = vnis_of(network);
  if (!vnis.empty() && vnis.back() > kLastVni)
    complaints.say(
        node, fmt::format("VNI {} of VLAN {} is more than {}", vnis.back(), network.vlans.back(), kLastVni),
        "a lower one: each VLAN has this number and its own as VNI");
}

}   // namespace

void read_network_frames(const Members& members, Network& network, Draft& draft) {
  Complaints& complaints = draft.complaints;
  for (const auto& [key, reason] : kNotOfL2)
    if (const Node* node = members.find(key)) complaints.say(*node, std::string(reason), "no such key");
  if (const Node* vlans = members.find("vlans")) network.vlans = read_vlan_ranges(*vlans, complaints);
  if (const Node* vni = members.find("vni")) read_vni(*vni, network, complaints);
  const Node* attach = members.find("attach");
  if (!attach || !expect_kind(*attach, Kind::kList, complaints)) return;
  for (const Node* item : read_one_or_list(*attach, complaints))
    if (const auto name = read_device_name(*item, complaints)) network.attach.emplace_back(*name);
}

void check_no_frames(const Members& members, Complaints& complaints) {
  for (const std::string_view key : kOfFramesAlone)
    if (const Node* node = members.find(key))
      complaints.say(*node, fmt::format("only an l2-point-to-point or l2-mesh network has {}", quote(key)),
                     "another type, or no such key");
}

}   // namespace sluice::config
