// SPDX-License-Identifier: GPL-2.0-or-later
// The rest of a port whose mapping ended (RFC 6888 REQ-8), and how many mappings a host may have.
#include <fmt/format.h>

#include "support/answers.hpp"
#include "support/ports.hpp"

namespace sluice::test {
namespace {

class PortRest : public PortsTest {
 protected:
  static constexpr uint32_t kLong = 1u << 20;   // jiffies, longer than the test

  // Opens, is answered, and ends.
  void use_and_end(const std::string& from, uint16_t port) {
    ASSERT_EQ(answered(from, port), port);
    end_all();
  }
};
ON_BOTH_HOOKS(PortRest);

TEST_P(PortRest, AnotherHostDoesNotGetIt) {
  rest_for(kLong);
  use_and_end(kInside, 7777);
  EXPECT_EQ(resting(), 1u);
  EXPECT_TRUE(outside_ports().empty()) << "no mapping that anybody sees";
  const Outcome second = udp(kSecond, 7777);
  ASSERT_EQ(second.what, "forwarded");
  EXPECT_NE(second.view().sport, 7777);
}

TEST_P(PortRest, ItsOwnHostGetsItBackAtOnce) {
  rest_for(kLong);
  use_and_end(kInside, 7777);
  EXPECT_EQ(udp(kInside, 7777, kOutside).view().sport, 7777);
  EXPECT_EQ(resting(), 0u);
}

TEST_P(PortRest, ItIsGivenToAnotherWhenItsTimeIsOver) {
  rest_for(kLong);
  use_and_end(kInside, 7777);
  rest_for(1);
  wait_for_jiffies(2);
  EXPECT_EQ(udp(kSecond, 7777).view().sport, 7777);
}

TEST_P(PortRest, TheSweepEndsItToo) {
  rest_for(kLong);
  for (uint16_t port = 2000; port < 2050; ++port) ASSERT_EQ(answered(kInside, port), port);
  end_all();
  ASSERT_EQ(resting(), 50u);
  ASSERT_TRUE(lab.engine().gc(Engine::Gc::kExpired));
  EXPECT_EQ(resting(), 50u) << "not before its time";
  rest_for(1);
  wait_for_jiffies(2);
  ASSERT_TRUE(lab.engine().gc(Engine::Gc::kExpired));
  EXPECT_EQ(resting(), 0u);
}

// Nobody collects garbage: whoever needs a port lets those go whose time is over.
TEST_P(PortRest, TheLineGrowsShorterWithEveryClaim) {
  rest_for(kLong);
  for (uint16_t port = 2000; port < 2020; ++port) ASSERT_EQ(answered(kInside, port), port);
  end_all();
  rest_for(1);
  wait_for_jiffies(2);
  for (uint16_t port = 3000; port < 3010; ++port) ASSERT_EQ(udp(kSecond, port).what, "forwarded");
  EXPECT_EQ(resting(), 0u);
}

TEST_P(PortRest, WhereEverythingRestsAnotherHostWaitsAndItsOwnDoesNot) {
  use_ports(R"("ports": "50000-50099")");
  rest_for(kLong);
  for (uint16_t n = 0; n < 100; ++n) ASSERT_NE(answered(kInside, 100 + n), 0);
  end_all();
  EXPECT_EQ(udp(kSecond, 7).what, "dropped: NO_PORTS");
  for (uint16_t n = 0; n < 100; ++n) ASSERT_EQ(udp(kInside, 300 + n).what, "forwarded") << n;
  EXPECT_EQ(outside_ports().size(), 100u);
  EXPECT_EQ(udp(kInside, 500).what, "dropped: NO_PORTS");
}

TEST_P(PortRest, AMappingThatWasUsedAgainRestsAgainFromItsEnd) {
  rest_for(kLong);
  use_and_end(kInside, 7777);
  use_and_end(kInside, 7777);
  use_and_end(kInside, 7777);
  EXPECT_EQ(resting(), 1u);
  rest_for(1);
  wait_for_jiffies(2);
  ASSERT_TRUE(lab.engine().gc(Engine::Gc::kExpired));
  EXPECT_EQ(resting(), 0u);
  EXPECT_EQ(udp(kSecond, 7777).view().sport, 7777);
}

TEST_P(PortRest, WhoWasNeverAnsweredLeavesNothingToRest) {
  rest_for(kLong);
  ASSERT_EQ(udp(kInside, 7777).what, "forwarded");
  end_all();
  EXPECT_EQ(udp(kSecond, 7777).view().sport, 7777);
}

TEST_P(PortRest, OneAnswerToAnyOfItsFlowsIsEnough) {
  rest_for(kLong);
  ASSERT_EQ(answered(kInside, 7777), 7777);
  ASSERT_EQ(udp(kInside, 7777, kOutside).what, "forwarded");
  end_all();
  EXPECT_EQ(resting(), 1u);
}

TEST_P(PortRest, AClosedConnectionNeedsNone) {
  rest_for(kLong);
  const Ip4 out{.src = kInside, .dst = kFar}, in{.src = kFar, .dst = kWanAddress};
  ASSERT_EQ(from_lan(out / Tcp{.sport = 7777, .seq = 1000, .flags = kSyn}).what, "forwarded");
  ASSERT_EQ(
      from_wan(in / Tcp{.sport = 80, .dport = 7777, .seq = 9000, .ack = 1001, .flags = kRst | kAck}).what,
      "forwarded");
  end_all();
  EXPECT_EQ(resting(), 0u);
}

TEST_P(PortRest, QueryIdsNeedNone) {
  rest_for(kLong);
  const View seen = from_lan(Ip4{.src = kInside, .dst = kFar} / Echo{.id = 7777}).view();
  ASSERT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Echo{.reply = true, .id = seen.icmp_id}).what,
            "forwarded");
  end_all();
  EXPECT_EQ(resting(), 0u);
}

// Rest is a courtesy: it never costs a new flow its place in the table.
TEST_P(PortRest, AFullTableEndsItEarly) {
  constexpr uint32_t kNearlyHalf = kTableSizes.mappings / 2 - 100;
  rest_for(kLong);
  for (const uint16_t port : {2000, 3000}) {
    for (uint32_t n = 0; n < kNearlyHalf; ++n) ASSERT_NE(answered(host(n), port), 0);
    end_all();
  }
  for (uint32_t n = 0; n < kNearlyHalf; ++n) ASSERT_EQ(udp(host(n), 4000).what, "forwarded") << n;
}

TEST_P(PortRest, AHostHasNoMoreMappingsThanItMay) {
  use_ports(R"("mappings_per_host": 5, "quota": "hard")");
  (void)take_events(lab);
  for (uint16_t n = 0; n < 5; ++n) ASSERT_EQ(udp(kInside, 2000 + n).what, "forwarded");
  EXPECT_EQ(udp(kInside, 2005).what, "dropped: HOST_MAPPINGS");
  EXPECT_EQ(udp(kInside, 2006).what, "dropped: HOST_MAPPINGS");
  EXPECT_EQ(udp(kInside, 2000, kOutside).what, "forwarded") << "what it has goes on";
  EXPECT_EQ(udp(kSecond, 2005).what, "forwarded") << "and so does everybody else";
  const auto events = take_events(lab);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, SL_EVENT_HOST_MAPPINGS);
  EXPECT_EQ(address_of(events[0].inside).to_string(), kInside);
  EXPECT_EQ(events[0].count, 5u);
  end_all();
  for (uint16_t n = 0; n < 5; ++n) EXPECT_EQ(udp(kInside, 3000 + n).what, "forwarded");
}

TEST_P(PortRest, ASoftQuotaLetsAHostHaveWhatNobodyNeeds) {
  use_ports(R"("mappings_per_host": 5)");
  for (uint16_t n = 0; n < 50; ++n) ASSERT_EQ(udp(kInside, 2000 + n).what, "forwarded") << n;
}

// A connection that is closed stays for late packets; its port is not counted.
TEST_P(PortRest, AHardQuotaCountsOpenConnections) {
  use_ports(R"("mappings_per_host": 5, "quota": "hard")");
  const Ip4 out{.src = kInside, .dst = kFar}, in{.src = kFar, .dst = kWanAddress};
  const auto open = [&](uint16_t port) {
    return from_lan(out / Tcp{.sport = port, .seq = 1000, .flags = kSyn}).what;
  };
  const auto close = [&](uint16_t port) {
    return from_wan(in / Tcp{.sport = 80, .dport = port, .seq = 9000, .ack = 1001, .flags = kRst | kAck})
        .what;
  };
  for (uint16_t n = 0; n < 30; ++n) {
    ASSERT_EQ(open(2000 + n), "forwarded") << n;
    ASSERT_EQ(close(2000 + n), "forwarded") << n;
  }
  for (uint16_t n = 0; n < 5; ++n) ASSERT_EQ(open(2000 + n), "forwarded") << "again, of the same port";
  EXPECT_EQ(open(3000), "dropped: HOST_MAPPINGS");
  ASSERT_EQ(close(2000), "forwarded");
  EXPECT_EQ(open(3000), "forwarded");
  end_all();
  for (uint16_t n = 0; n < 5; ++n) EXPECT_EQ(udp(kInside, 4000 + n).what, "forwarded");
  EXPECT_EQ(udp(kInside, 5000).what, "dropped: HOST_MAPPINGS");
}

TEST_P(PortRest, WhatRestsIsSharedButNotTowardsWhoMayStillAnswer) {
  use_ports(R"("ports": "50000-50009")");
  rest_for(kLong);
  for (uint16_t n = 0; n < 10; ++n) ASSERT_NE(answered(kInside, 100 + n), 0);
  end_all();
  EXPECT_EQ(udp(kSecond, 7).what, "dropped: NO_PORTS");
  for (uint16_t n = 0; n < 10; ++n) EXPECT_EQ(udp(kSecond, 200 + n, kOutside).what, "forwarded") << n;
  EXPECT_EQ(udp(kSecond, 300, kOutside).what, "dropped: NO_PORTS");
  EXPECT_TRUE(outside_ports().empty()) << "a share is no mapping";
}

TEST_P(PortRest, ARefusedMappingIsNotCounted) {
  use_ports(R"("ports": "50000-50001", "mappings_per_host": 3, "quota": "hard")");
  for (uint16_t n = 0; n < 2; ++n) ASSERT_EQ(udp(kInside, n + 1).what, "forwarded");
  for (uint16_t n = 2; n < 9; ++n) ASSERT_EQ(udp(kInside, n + 1).what, "dropped: NO_PORTS");
  end_all();
  for (uint16_t n = 0; n < 2; ++n) EXPECT_EQ(udp(kInside, n + 20).what, "forwarded");
}

}   // namespace
}   // namespace sluice::test
