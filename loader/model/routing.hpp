// SPDX-License-Identifier: GPL-2.0-or-later
// Routes and rules of the kernel that sluice lays for VRFs: plain values, compared as they are.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "model/address.hpp"
#include "model/document.hpp"

namespace sluice {

// rtm_protocol and FRA_PROTOCOL of everything that sluice lays: nothing else is ever taken away.
inline constexpr uint8_t kRouteProtocol = 92;
inline constexpr uint8_t kRouteProtocolKernel =
    2;   // RTPROT_KERNEL, of the rule that every machine begins with

inline constexpr uint32_t kTableMain = 254, kTableLocal = 255;

enum class RouteKind : uint8_t {
  kUnicast,
  kLocal,
  kBroadcast,
  kUnreachable,   // the last word of a table
  kThrow,         // the next rules decide
};

struct RouteRow {
  uint32_t table = 0;
  Prefix to;
  RouteKind kind = RouteKind::kUnicast;
  uint32_t index = 0;             // of the device; 0: none
  std::optional<IpAddress> via;   // none: on the link
  auto operator<=>(const RouteRow&) const = default;
};

// The first rule that matches, by preference, says which table is asked.
struct RuleRow {
  Family family = Family::kIpv4;
  uint32_t preference = 0;
  uint32_t table = 0;
  uint32_t mark = 0;     // of the packet, all bits; 0: any
  std::string in, out;   // devices; empty: any
  std::optional<Prefix> to;
  uint8_t protocol = kRouteProtocol;
  auto operator<=>(const RuleRow&) const = default;
};

struct Routing {
  std::set<RouteRow> routes;
  std::set<RuleRow> rules;
};

std::string to_string(const RouteRow& route);   // "unreachable 0.0.0.0/0 in table 1100"
std::string to_string(const RuleRow& rule);     // "1: IPv4 from vethA to table 1100"

// VRFs by name: their numbers, and which one a zone lies in.

// 0 of the main one, whose name is empty. Number and table are one.
inline uint16_t vrf_number(const Document& document, std::string_view name) {
  for (const Vrf& vrf : document.vrfs)
    if (vrf.name == name) return vrf.table;
  return 0;
}

// The VRF of each zone; index is the number of the zone, of which 0 is the gateway.
inline std::vector<uint16_t> vrfs_of_zones(const Document& document) {
  std::vector<uint16_t> vrfs(document.zones.size() + 1);
  for (const Interface& interface : document.interfaces)
    for (size_t zone = 0; zone < document.zones.size(); ++zone)
      if (document.zones[zone].name == interface.zone) vrfs[zone + 1] = vrf_number(document, interface.vrf);
  return vrfs;
}

}   // namespace sluice
