// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/made_link.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sluice {
namespace {

struct NameOfKind {
  std::string_view operator()(const std::monostate&) const { return ""; }
  std::string_view operator()(const BridgeLink&) const { return "bridge"; }
  std::string_view operator()(const VlanLink& vlan) const { return vlan.by_tags ? "veth" : "vlan"; }
  std::string_view operator()(const VxlanLink&) const { return "vxlan"; }
  std::string_view operator()(const GretapLink&) const { return "gretap"; }
  std::string_view operator()(const VrfLink&) const { return "vrf"; }
  std::string_view operator()(const WireguardLink& tunnel) const {
    return tunnel.userspace ? "tun" : "wireguard";
  }
  std::string_view operator()(const VethLink&) const { return "veth"; }
};

std::string by(const std::string& lower) { return lower.empty() ? "" : " by " + lower; }

struct Description {
  std::string_view name;

  std::string operator()(const std::monostate&) const { return fmt::format("device {}", name); }
  std::string operator()(const BridgeLink& bridge) const {
    return fmt::format("bridge {}{}", name, bridge.vlan_filtering ? " with VLAN filtering" : "");
  }
  std::string operator()(const VlanLink& vlan) const {
    return fmt::format("{}VLAN {} of {} as {}{}", vlan.service ? "802.1ad " : "", vlan.id, vlan.parent, name,
                       vlan.by_tags ? " by its tags" : "");
  }
  std::string operator()(const VxlanLink& vxlan) const {
    return fmt::format("VXLAN {} of {} port {}{} as {}", vxlan.vni, vxlan.local.to_string(), vxlan.port,
                       vxlan.learning ? "" : " without learning", name);
  }
  std::string operator()(const GretapLink& tunnel) const {
    return fmt::format("GRETAP from {} to {}{} as {}", tunnel.local.to_string(), tunnel.remote.to_string(),
                       by(tunnel.lower), name);
  }
  std::string operator()(const VrfLink& vrf) const {
    return fmt::format("VRF {} with table {}", name, vrf.table);
  }
  std::string operator()(const WireguardLink& tunnel) const {
    return fmt::format("WireGuard tunnel {}{}", name, tunnel.userspace ? " by wireguard-go" : "");
  }
  std::string operator()(const VethLink& veth) const {
    return fmt::format("veth {} into namespace {} with {}", name, veth.space, veth.address.to_string());
  }
};

}   // namespace

const std::string& parent_of(const LinkParameters& parameters) {
  static const std::string kNone;
  if (const auto* vlan = std::get_if<VlanLink>(&parameters)) return vlan->parent;
  const auto* tunnel = std::get_if<GretapLink>(&parameters);
  return tunnel ? tunnel->lower : kNone;
}

std::string_view kind_name(const LinkParameters& parameters) { return std::visit(NameOfKind{}, parameters); }

std::string other_end_name(const VlanLink& vlan, uint32_t parent) {
  return fmt::format("tag.{}.{}{}", parent, vlan.id, vlan.service ? "s" : "");
}

bool parse_other_end_name(std::string_view name, VlanLink& vlan, uint32_t& parent) {
  constexpr std::string_view kStart = "tag.";
  const char* end = name.data() + name.size();
  if (!name.starts_with(kStart)) return false;
  const auto above = std::from_chars(name.data() + kStart.size(), end, parent);
  if (above.ec != std::errc() || above.ptr == end) return false;
  std::from_chars(above.ptr + 1, end, vlan.id);
  vlan.service = name.ends_with('s');
  return vlan.id >= 1 && vlan.id <= kLastVlan && other_end_name(vlan, parent) == name;
}

std::string to_string(const MadeLink& link) { return std::visit(Description{link.name}, link.parameters); }

}   // namespace sluice
