// SPDX-License-Identifier: GPL-2.0-or-later
// Routes and rules of the kernel that sluice lays for VRFs: plain values, compared as they are.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "model/address.hpp"

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

}   // namespace sluice
