// SPDX-License-Identifier: GPL-2.0-or-later
// Networks that carry frames: their endpoints, and the numbers that no two of them may share.
#include <fmt/format.h>

#include <map>
#include <set>

#include "config/check.hpp"
#include "config/complaints.hpp"

namespace sluice::config {
namespace {

constexpr size_t kMostBridgePorts = 1023;   // of a bridge (BR_MAX_PORTS)
constexpr uint8_t kShortestOfFrames = 19;   // has addresses for so many

struct EndpointKey {
  std::string_view key, reason;
};

constexpr EndpointKey kKeysOfPackets[] = {
    {"routes", "what is behind an endpoint of an l2 network is in the same LAN, and has no routes"},
    {"address6", "outer packets of frames are IPv4: an l2 network has no IPv6 addresses of the tunnel"}};

void check_endpoint(const Placed<Network>& network, const Node& node, Complaints& complaints) {
  if (const Node* type = node.member("type"); type && type->text == to_string(EndpointType::kMobile))
    complaints.say(
        *type,
        fmt::format("network {} on line {} carries frames, and the apps of phones carry packets alone",
                    quote(network.value.name), network.value.line),
        "\"cpe\" or \"gateway\"");
  for (const auto& [key, reason] : kKeysOfPackets)
    if (const Node* value = node.member(key)) complaints.say(*value, std::string(reason), "no such key");
}

void check_no_mac_limit(const Placed<Network>& network, const Node& node, Complaints& complaints) {
  if (const Node* limit = node.member("mac_limit"))
    complaints.say(*limit,
                   fmt::format("network {} on line {} carries packets, which have no MAC addresses",
                               quote(network.value.name), network.value.line),
                   "no such key, or an l2 network");
}

// A wire has two ends.
void check_two_ends(const Placed<Network>& network, Complaints& complaints) {
  if (network.value.type != NetworkType::kL2PointToPoint) return;
  const auto& endpoints = network.value.endpoints;
  for_each_endpoint(network, [&](const NetworkEndpoint& endpoint, const Node& node) {
    if (&endpoint < &endpoints[0] + 2) return;
    complaints.say_about_key(
        node,
        fmt::format("an l2-point-to-point network has two endpoints: {} has {} on line {} and {} on line {}",
                    quote(network.value.name), quote(endpoints[0].name), endpoints[0].line,
                    quote(endpoints[1].name), endpoints[1].line),
        "\"type\": \"l2-mesh\", or a second network");
  });
}

void check_ports_of_bridge(const Placed<Network>& network, Complaints& complaints) {
  const size_t vlans = std::max<size_t>(network.value.vlans.size(), 1);
  const size_t tunnels =
      network.value.endpoints.size() * (network.value.type == NetworkType::kL2Mesh ? vlans : 1);
  if (tunnels + network.value.attach.size() <= kMostBridgePorts) return;
  complaints.say_about_key(
      *network.node,
      fmt::format("{} endpoints with {} VLANs each and {} devices are {} ports, and a bridge has {} at most",
                  network.value.endpoints.size(), vlans, network.value.attach.size(),
                  tunnels + network.value.attach.size(), kMostBridgePorts),
      "fewer VLANs, or a second network");
}

void check_subnet_of_ports(const Placed<Network>& network, Complaints& complaints) {
  if (network.value.subnet && network.value.subnet->length < kShortestOfFrames)
    complaints.say(*network.node->member("subnet"),
                   fmt::format("an l2 network has at most {} endpoints, and UDP ports by their addresses",
                               kMostBridgePorts),
                   fmt::format("a /{} or longer", kShortestOfFrames));
}

// Who has a VNI.
struct VniHolder {
  std::string what;
  int line;
};
using VniHolders = std::map<uint32_t, VniHolder>;

VniHolders vnis_of_interfaces(const Draft& draft) {
  VniHolders holders;
  for (const auto* placed : {&draft.interfaces, &draft.bridged})
    for (const auto& [interface, node] : *placed)
      if (const auto* vxlan = std::get_if<Vxlan>(&interface.made))
        holders.try_emplace(vxlan->vni,
                            VniHolder{fmt::format("interface {}", quote(interface.name)), interface.line});
  return holders;
}

// One complaint for each that has some of them already.
void check_vnis_own(Draft& draft) {
  VniHolders holders = vnis_of_interfaces(draft);
  for (const auto& network : draft.networks) {
    std::set<std::string> told;
    for (const uint32_t vni : vnis_of(network.value)) {
      const auto [at, is_new] = holders.try_emplace(
          vni, VniHolder{fmt::format("network {}", quote(network.value.name)), network.value.line});
      if (is_new || !told.insert(at->second.what).second) continue;
      draft.complaints.say(
          *network.node->member("vni"),
          fmt::format("VNI {} is that of {} on line {}", vni, at->second.what, at->second.line),
          "VNIs of its own for each network: this number, and each VLAN added to it");
    }
  }
}

bool carries(const Network& network, const Vlan& vlan) {
  return network.vlans.empty() ||
         (!vlan.service && std::ranges::find(network.vlans, vlan.id) != network.vlans.end());
}

// The kernel gives the tagged frames of a device to its VLANs, so that a bridge never sees them.
void check_vlans_own(const Placed<Network>& network, Draft& draft) {
  for (const auto& [interface, node] : draft.interfaces) {
    const auto* vlan = std::get_if<Vlan>(&interface.made);
    if (!vlan || !carries(network.value, *vlan)) continue;
    if (std::ranges::find(network.value.attach, vlan->parent) == network.value.attach.end()) continue;
    draft.complaints.say(place(*network.node, network.value.vlans.empty() ? "attach" : "vlans"),
                         fmt::format("VLAN {} of {} is interface {} on line {}", vlan->id,
                                     quote(vlan->parent), quote(interface.name), interface.line),
                         "\"vlans\" without it, or no such interface");
  }
}

}   // namespace

void check_network_frames(Draft& draft) {
  for (const auto& network : draft.networks) {
    const bool has_frames = is_l2(network.value.type);
    for_each_endpoint(network, [&](const NetworkEndpoint&, const Node& node) {
      has_frames ? check_endpoint(network, node, draft.complaints)
                 : check_no_mac_limit(network, node, draft.complaints);
    });
    if (!has_frames) continue;
    check_two_ends(network, draft.complaints);
    check_ports_of_bridge(network, draft.complaints);
    check_subnet_of_ports(network, draft.complaints);
    check_vlans_own(network, draft);
  }
  check_vnis_own(draft);
}

}   // namespace sluice::config
