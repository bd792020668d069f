// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <chrono>

#include "../bpf/support/devices.hpp"
#include "../support/netlink_messages.hpp"
#include "../support/network_namespace.hpp"
#include "../support/parsed.hpp"
#include "kernel/netlink/addresses.hpp"
#include "kernel/netlink/links.hpp"
#include "kernel/netlink/routes.hpp"

namespace sluice {
namespace {

using test::address, test::ip;

struct RoutesLab {
  RtnlSocket rtnl = RtnlSocket::open().value();
  uint32_t wan = test::make_device("wan").value();

  RoutesLab() {
    EXPECT_TRUE(set_link_up(rtnl, "lo", 1));   // where the kernel puts routes to its own addresses
    for (const char* text : {"203.0.113.1/24", "2001:db8:f::1/64"})
      EXPECT_TRUE(add_address(rtnl, "wan", wan, address(text)));
    EXPECT_TRUE(test::add_route("198.51.100.0/24", "203.0.113.9", "wan"));
    EXPECT_TRUE(test::add_route("2001:db8:99::/48", "2001:db8:f::9", "wan"));
  }
};

Route by(uint32_t device, std::optional<IpAddress> via = std::nullopt) {
  return {.ifindex = device, .table = RT_TABLE_MAIN, .via = via};
}

TEST_IN_NETWORK(RouteLookup, LeadsToTheDeviceOfTheRoute) {
  RoutesLab lab;
  for (const char* there : {"203.0.113.9", "2001:db8:f::9"})
    EXPECT_EQ(look_up_route(lab.rtnl, ip(there)).value(), by(lab.wan)) << there;
  EXPECT_EQ(look_up_route(lab.rtnl, ip("198.51.100.7")).value(), by(lab.wan, ip("203.0.113.9")));
  EXPECT_EQ(look_up_route(lab.rtnl, ip("2001:db8:99::7")).value(), by(lab.wan, ip("2001:db8:f::9")));
}

// The kernel adds the route to a new IPv6 address of its own a moment later.
bool becomes_local(RtnlSocket& rtnl, const IpAddress& own) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (std::chrono::steady_clock::now() < end)
    if (const auto route = look_up_route(rtnl, own).value(); route && route->local) return true;
  return false;
}

TEST_IN_NETWORK(RouteLookup, KnowsOwnAddresses) {
  RoutesLab lab;
  for (const char* own : {"203.0.113.1", "2001:db8:f::1", "127.0.0.1"})
    EXPECT_TRUE(becomes_local(lab.rtnl, ip(own))) << own;
}

TEST_IN_NETWORK(RouteLookup, NoRouteIsNoFailure) {
  RoutesLab lab;
  for (const char* nowhere : {"192.0.2.1", "2001:db8:77::1"})
    EXPECT_EQ(look_up_route(lab.rtnl, ip(nowhere)).value(), std::nullopt) << nowhere;
}

TEST_IN_NETWORK(RouteLookup, OnePassAsksOnce) {
  RoutesLab lab;
  RouteCache cache(lab.rtnl);
  EXPECT_EQ(cache.find(ip("198.51.100.7")).value(), by(lab.wan, ip("203.0.113.9")));
  ASSERT_TRUE(set_link_up(lab.rtnl, "wan", lab.wan, false));
  EXPECT_EQ(cache.find(ip("198.51.100.7")).value(), by(lab.wan, ip("203.0.113.9"))) << "as it was";
  EXPECT_EQ(RouteCache(lab.rtnl).find(ip("198.51.100.7")).value(), std::nullopt) << "as it is";
}

TEST(RouteLookup, AnAnswerThatIsCutIsNone) {
  const auto answer = NlRequest(RTM_NEWROUTE, 0, "an answer")
                          .header(rtmsg{.rtm_family = AF_INET, .rtm_type = RTN_UNICAST})
                          .u32(RTA_OIF, 7);
  EXPECT_EQ(parse_route(*test::Message(answer)), (Route{7, false}));
  test::cut_at_every_byte(answer, [](const nlmsghdr& message) { static_cast<void>(parse_route(message)); });
  EXPECT_EQ(parse_route(*test::Message(answer, sizeof(nlmsghdr) + sizeof(rtmsg))), std::nullopt);
}

}   // namespace
}   // namespace sluice
