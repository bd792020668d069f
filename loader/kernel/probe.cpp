// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/probe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/netlink/link_contents.hpp"
#include "kernel/netlink/link_kinds.hpp"

namespace sluice {

namespace {

bool is_bad(const ProbeRow& row) { return row.state == ProbeState::kBad; }

}   // namespace

bool Probe::usable() const { return std::ranges::none_of(rows, is_bad); }

std::string Probe::refusal() const {
  const auto first = std::ranges::find_if(rows, is_bad);
  if (first == rows.end()) return "";
  return first->reason.empty() ? first->finding : fmt::format("{}: {}", first->finding, first->reason);
}

namespace {

struct KindText {
  std::string_view kind, what, module;
  std::string_view without = "", gain = "documents that want them can be applied";
};
constexpr KindText kTexts[] = {
    {"bridge", "bridges", "bridge"},
    {"vlan-filter", "bridges that filter VLANs", ""},
    {"vlan", "VLAN devices (802.1Q)", "8021q"},
    {"vxlan", "VXLAN devices", "vxlan"},
    {"gretap", "GRETAP devices (Ethernet over GRE)", "ip_gre"},
    {"vrf", "VRF devices", "vrf", ": VRFs work by rules alone",
     "`ip vrf exec`, and two tenants may use the gateway's own services from the same address and port"},
    {"wireguard", "WireGuard devices", "wireguard"},
};

const KindText& text_of_kind(std::string_view kind) {
  for (const KindText& text : kTexts)
    if (text.kind == kind) return text;
  return kTexts[0];
}

// Nothing: it can. What could not be asked is not held against the kernel.
std::string why_not(RtnlSocket& rtnl, std::string_view kind) {
  if (kind == "vlan-filter") return filters_vlans(rtnl).value_or(true) ? "" : "it lists no VLANs of bridges";
  return refusal_of_kind(rtnl, kind).value_or(std::nullopt).value_or("");
}

std::string remedy_of(const KindText& text) {
  if (text.module.empty()) return "use a kernel with CONFIG_BRIDGE_VLAN_FILTERING";
  return fmt::format("load the module {}, or use a kernel that has it", text.module);
}

}   // namespace

ProbeRow probe_link_kind(RtnlSocket& rtnl, std::string_view kind) {
  const KindText& text = text_of_kind(kind);
  const std::string name = fmt::format("{}-devices", kind), why = why_not(rtnl, kind);
  if (why.empty())
    return {name, ProbeState::kGood, fmt::format("the kernel makes {}", text.what), "", "", ""};
  return {name, ProbeState::kWarning, fmt::format("the kernel makes no {}{}", text.what, text.without),
          why,  remedy_of(text),      std::string(text.gain)};
}

std::string refusal_of(const ProbeRow& row) {
  if (row.state == ProbeState::kGood) return "";
  if (row.reason.empty()) return fmt::format("{}: {}", row.finding, row.remedy);
  return fmt::format("{} ({}): {}", row.finding, row.reason, row.remedy);
}

}   // namespace sluice
