// SPDX-License-Identifier: GPL-2.0-or-later
// Routes and rules against a real kernel, each test in a network namespace that it makes for itself.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>

#include <cstdlib>

#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/routes.hpp"
#include "kernel/netlink/rules.hpp"

namespace sluice {
namespace {

using test::outcome;

Prefix prefix(std::string_view text) { return *Prefix::parse(text); }

struct RoutingLab {
  RtnlSocket rtnl = RtnlSocket::open().value();
  uint32_t index = 0;

  RoutingLab() {
    EXPECT_EQ(outcome(rtnl.send(test::veth_pair_request("eth1", "peer0"))), "ok");
    index = if_nametoindex("eth1");
    for (const char* name : {"eth1", "peer0"})
      EXPECT_EQ(outcome(set_link_up(rtnl, name, if_nametoindex(name))), "ok");
  }
};

TEST_IN_NETWORK(NetlinkRouting, RoutesComeAndGoAsTheyWereLaid) {
  RoutingLab lab;
  const std::vector<RouteRow> rows{
      {1100, prefix("10.0.0.0/24"), RouteKind::kUnicast, lab.index, std::nullopt},
      {1100, prefix("10.0.0.1/32"), RouteKind::kLocal, lab.index, std::nullopt},
      {1100, prefix("10.0.0.255/32"), RouteKind::kBroadcast, lab.index, std::nullopt},
      {1100, prefix("10.9.0.0/16"), RouteKind::kUnicast, lab.index, IpAddress::parse("10.0.0.9")},
      {1100, prefix("0.0.0.0/0"), RouteKind::kUnreachable, 0, std::nullopt},
      {1100, prefix("0.0.0.0/0"), RouteKind::kThrow, 0, std::nullopt},
      {200, prefix("fd00:a::/64"), RouteKind::kUnicast, lab.index, std::nullopt},
      {200, prefix("fd00:a::1/128"), RouteKind::kLocal, lab.index, std::nullopt},
      {200, prefix("fd00:9::/32"), RouteKind::kUnicast, lab.index, IpAddress::parse("fd00:a::9")},
      {200, prefix("::/0"), RouteKind::kUnreachable, 0, std::nullopt},
      {200, prefix("::/0"), RouteKind::kThrow, 0, std::nullopt},
  };
  for (const RouteRow& row : rows) {
    EXPECT_EQ(outcome(add_route(lab.rtnl, row)), "ok") << to_string(row);
    EXPECT_EQ(outcome(add_route(lab.rtnl, row)), "ok") << "there already";
  }
  EXPECT_EQ(list_own_routes(lab.rtnl).value(), std::set<RouteRow>(rows.begin(), rows.end()));
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    EXPECT_EQ(outcome(remove_route(lab.rtnl, *row)), "ok") << to_string(*row);
    EXPECT_EQ(outcome(remove_route(lab.rtnl, *row)), "ok") << "gone already";
  }
  EXPECT_TRUE(list_own_routes(lab.rtnl)->empty());
}

TEST_IN_NETWORK(NetlinkRouting, TheMainTableIsWhatOthersLaidThere) {
  RoutingLab lab;
  for (const char* words :
       {"10.7.0.0/24 dev eth1", "10.8.0.0/24 via 10.7.0.9", "blackhole 10.9.0.0/24", "default via 10.7.0.9",
        "10.10.0.0/24 dev eth1 table 1100", "10.11.0.0/24 dev eth1 proto 92",
        "10.12.0.0/24 nexthop via 10.7.0.7 nexthop via 10.7.0.8", "fd00:7::/64 dev eth1"})
    ASSERT_EQ(std::system((std::string("ip route add ") + words).c_str()), 0) << words;
  std::vector<std::string> seen;
  const std::vector<RouteRow> routes = list_main_routes(lab.rtnl).value();
  for (const RouteRow& route : routes)
    if (!route.to.address.is_link_local()) seen.push_back(to_string(route));
  const std::string device = fmt::format(" on device {} in table 254", lab.index);
  EXPECT_THAT(seen, testing::UnorderedElementsAre("10.7.0.0/24" + device, "10.8.0.0/24 via 10.7.0.9" + device,
                                                  "unreachable 10.9.0.0/24 in table 254",
                                                  "10.12.0.0/24 in table 254", "fd00:7::/64" + device));
}

TEST_IN_NETWORK(NetlinkRouting, RulesComeAndGoAsTheyWereLaid) {
  RoutingLab lab;
  std::set<RuleRow> rows;
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const char* to = family == Family::kIpv4 ? "10.2.0.0/16" : "fe80::/10";
    rows.insert({.family = family, .preference = 0, .table = kTableLocal, .protocol = kRouteProtocolKernel});
    rows.insert({.family = family, .preference = 5, .table = 1100, .mark = 0x51ce044c});
    rows.insert({.family = family, .preference = 200, .table = 1100, .in = "eth1"});
    rows.insert({.family = family, .preference = 200, .table = 1100, .out = "eth1"});
    rows.insert({.family = family, .preference = 210, .table = 65535, .in = "eth1", .to = prefix(to)});
    rows.insert({.family = family, .preference = 400, .table = kTableLocal});
  }
  for (const RuleRow& row : rows) EXPECT_EQ(outcome(add_rule(lab.rtnl, row)), "ok") << to_string(row);
  EXPECT_EQ(list_own_rules(lab.rtnl).value(), rows);
  for (const RuleRow& row : rows) {
    if (row.protocol != kRouteProtocol) continue;
    EXPECT_EQ(outcome(remove_rule(lab.rtnl, row)), "ok") << to_string(row);
    EXPECT_EQ(outcome(remove_rule(lab.rtnl, row)), "ok") << "gone already";
  }
  EXPECT_EQ(list_own_rules(lab.rtnl)->size(), 2u) << "what every machine begins with";
}

TEST_IN_NETWORK(NetlinkRouting, TheFirstRuleOfAllIsMoved) {
  RoutingLab lab;
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const RuleRow first{.family = family, .table = kTableLocal, .protocol = kRouteProtocolKernel};
    RuleRow behind = first;
    behind.preference = 400;
    behind.protocol = kRouteProtocol;
    EXPECT_EQ(outcome(add_rule(lab.rtnl, behind)), "ok");
    EXPECT_EQ(outcome(remove_rule(lab.rtnl, first)), "ok");
    EXPECT_TRUE(list_own_rules(lab.rtnl)->contains(behind));
    EXPECT_FALSE(list_own_rules(lab.rtnl)->contains(first));
    EXPECT_EQ(outcome(add_rule(lab.rtnl, first)), "ok");
    EXPECT_EQ(outcome(remove_rule(lab.rtnl, behind)), "ok");
    EXPECT_TRUE(list_own_rules(lab.rtnl)->contains(first));
  }
}

// `ip rule add` lays protocol 0 or 3 by its release. To the kernel 0 is any, where it removes.
TEST_IN_NETWORK(NetlinkRouting, SoAreThoseOfOthersBesideIt) {
  RoutingLab lab;
  std::set<RuleRow> rows;
  for (const Family family : {Family::kIpv4, Family::kIpv6})
    for (const int protocol : {0, int{kRouteProtocolKernel}, 3})
      rows.insert({.family = family, .table = kTableLocal, .protocol = static_cast<uint8_t>(protocol)});
  for (const RuleRow& row : rows) EXPECT_EQ(outcome(add_rule(lab.rtnl, row)), "ok") << to_string(row);
  EXPECT_EQ(list_own_rules(lab.rtnl).value(), rows);
  for (const RuleRow& row : rows) EXPECT_EQ(outcome(remove_rule(lab.rtnl, row)), "ok") << to_string(row);
  EXPECT_TRUE(list_own_rules(lab.rtnl)->empty());
  for (const RuleRow& row : rows) EXPECT_EQ(outcome(add_rule(lab.rtnl, row)), "ok") << to_string(row);
  EXPECT_EQ(list_own_rules(lab.rtnl).value(), rows) << "as they were";
}

TEST_IN_NETWORK(NetlinkRouting, WhatIsRefusedIsTold) {
  RoutingLab lab;
  const RouteRow nowhere{1100, prefix("10.9.0.0/16"), RouteKind::kUnicast, lab.index,
                         IpAddress::parse("10.0.0.9")};
  const std::string refused = outcome(add_route(lab.rtnl, nowhere));
  EXPECT_TRUE(refused.starts_with("add route 10.9.0.0/16 via 10.0.0.9 on device")) << refused;
}

}   // namespace
}   // namespace sluice
