// SPDX-License-Identifier: GPL-2.0-or-later
// What is counted for endpoints of a network, and that each has a limit for itself. The tunnel is `lan`, at
// tc alone: a real one has no XDP.
#include "limited.hpp"

namespace sluice::test {
namespace {

constexpr auto kBlocked = "198.51.100.66", kBehindSite = "10.64.0.9";

NetworkEndpoint endpoint_of(std::string name, const char* ipv4, const char* ipv6,
                            std::vector<Prefix> routes = {}) {
  NetworkEndpoint made;
  made.name = std::move(name);
  made.address = IpAddress::parse(ipv4);
  made.address6 = IpAddress::parse(ipv6);
  made.routes = std::move(routes);
  return made;
}

Network tunnel_of_lan() {
  Network network;
  network.name = "home";
  network.device = "lan";
  network.zone = "lan";
  network.endpoints = {
      endpoint_of("phone", kInside, kInside6),
      endpoint_of("site", "192.168.10.5", "2001:db8:10::5", {*Prefix::parse("10.64.0.0/10")})};
  return network;
}

class EndpointCounters : public LimitedTest {
 protected:
  EndpointCounters() {
    lab.pretend_network(tunnel_of_lan());
    use(home_rules());
  }
  ~EndpointCounters() override {
    lab.pretend_network(std::nullopt);
    use(home_rules());
  }
  // What was counted since the last look.
  EndpointCount more(const std::string& name) {
    EndpointCount now;
    const auto all = lab.engine().endpoints().value();
    for (const EndpointCount& count : all)
      if (count.name == name) now = count;
    EndpointCount& before = seen_[name];
    EndpointCount difference = now;
    for (sl_count EndpointCount::*side : {&EndpointCount::from, &EndpointCount::to}) {
      (difference.*side).packets -= (before.*side).packets;
      (difference.*side).bytes -= (before.*side).bytes;
    }
    for (const EndpointDrops& old : before.drops)
      for (EndpointDrops& drop : difference.drops)
        if (drop.reason == old.reason) drop.packets -= old.packets;
    std::erase_if(difference.drops, [](const EndpointDrops& drop) { return drop.packets == 0; });
    before = now;
    return difference;
  }
  void look() {
    more("home/phone");
    more("home/site");
  }
  bool nothing_of(const std::string& name) {
    const EndpointCount count = more(name);
    return count.from.packets == 0 && count.to.packets == 0 && count.drops.empty();
  }

 private:
  std::map<std::string, EndpointCount> seen_;
};
INSTANTIATE_TEST_SUITE_P(Hooks, EndpointCounters, testing::Values(Hook::kTcIngress), name_of_hook);

TEST_P(EndpointCounters, BothWaysAreCountedAndNobodyElses) {
  look();
  const Outcome out = from_lan(datagram(kInside));
  ASSERT_EQ(out.what, "forwarded");
  ASSERT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} /
                     Udp{.sport = out.view().dport, .dport = out.view().sport})
                .what,
            "forwarded");
  const EndpointCount phone = more("home/phone");
  EXPECT_EQ(phone.from.packets, 1u);
  EXPECT_EQ(phone.to.packets, 1u);
  EXPECT_EQ(phone.from.bytes, 28u);
  EXPECT_TRUE(phone.drops.empty());
  EXPECT_TRUE(nothing_of("home/site"));
  EXPECT_EQ(from_lan(datagram(kSecond)).what, "forwarded");
  EXPECT_TRUE(nothing_of("home/phone") && nothing_of("home/site")) << "whose address no endpoint has";
}

TEST_P(EndpointCounters, AndIpv6AndWhatIsBehindASite) {
  look();
  EXPECT_EQ(from_lan(datagram6(kInside6)).what, "forwarded");
  EXPECT_EQ(from_lan(datagram(kBehindSite)).what, "forwarded");
  EXPECT_EQ(more("home/phone").from.packets, 1u);
  EXPECT_EQ(more("home/site").from.packets, 1u);
}

TEST_P(EndpointCounters, WhatTheGatewayGetsAndSays) {
  look();
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kLanAddress} / Echo{}).what, "to host");
  EXPECT_EQ(more("home/phone").from.packets, 1u);
  lab.leave(At::kLan, Ip4{.src = kLanAddress, .dst = kInside} / Udp{.sport = 40000, .dport = 9});
  EXPECT_EQ(more("home/phone").to.packets, 1u);
}

TEST_P(EndpointCounters, DropsHaveTheirReason) {
  look();
  EXPECT_EQ(from_lan(datagram(kInside, 40000, kBlocked)).what, "dropped: POLICY");
  const EndpointCount phone = more("home/phone");
  ASSERT_EQ(phone.drops.size(), 1u);
  EXPECT_EQ(phone.drops[0].reason, SL_DROP_POLICY);
  EXPECT_EQ(phone.drops[0].packets, 1u);
  EXPECT_EQ(phone.from.packets, 0u);
}

TEST_P(EndpointCounters, ALimitForEachIsOneBucketForAllAddresses) {
  limit(R"({"name": "each", "from": "lan", "key": "vrf", "rate": "1pps", "burst": "4p"})");
  EXPECT_EQ(passed(At::kLan, datagram(kInside), 3), 3);
  EXPECT_EQ(passed(At::kLan, datagram6(kInside6), 3), 1) << "the phone has one left";
  EXPECT_EQ(passed(At::kLan, datagram(kMail), 3), 3) << "the site has its own";
  EXPECT_EQ(passed(At::kLan, datagram(kBehindSite), 3), 1);
  EXPECT_EQ(passed(At::kLan, datagram(kSecond), 6), 4)
      << "whoever has no endpoint has one bucket with all like him";
  EXPECT_EQ(buckets(), 3u);
}

TEST_P(EndpointCounters, WhatALimitDropsOnTheWayToAnEndpointIsItsDrop) {
  limit(
      R"({"name": "down", "from": "lan", "key": "vrf", "direction": "reply", "rate": "1pps", "burst": "2p"})");
  const Outcome out = from_lan(datagram(kInside));
  look();
  EXPECT_EQ(
      passed(At::kWan,
             Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = out.view().dport, .dport = out.view().sport},
             5),
      2);
  const EndpointCount phone = more("home/phone");
  EXPECT_EQ(phone.to.packets, 2u);
  ASSERT_EQ(phone.drops.size(), 1u);
  EXPECT_EQ(phone.drops[0].reason, SL_DROP_OVER_LIMIT);
  EXPECT_EQ(phone.drops[0].packets, 3u);
}

}   // namespace
}   // namespace sluice::test
