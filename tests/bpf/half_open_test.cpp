// SPDX-License-Identifier: GPL-2.0-or-later
// A forward's limit of half-open connections: what counts towards it, what it refuses, and what gives a place
// back. That the counts are those of the flows is checked at the end of every test (support/slots.cpp).
#include "half_open.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "support/answers.hpp"
#include "support/events.hpp"
#include "support/in_parallel.hpp"
#include "support/slots.hpp"
#include "support/take_over.hpp"

namespace sluice::test {
namespace {

ON_BOTH_HOOKS(HalfOpen);

TEST_P(HalfOpen, ASynBeyondTheLimitIsDroppedAndToldOnce) {
  (void)take_events(lab);
  for (uint16_t port = 1; port <= kLimit; ++port) EXPECT_EQ(syn(port), "forwarded") << port;
  EXPECT_EQ(waiting(), kLimit);
  EXPECT_EQ(syn(100), kRefused);
  EXPECT_EQ(syn(101), kRefused);
  EXPECT_EQ(waiting(), kLimit);
  const auto told = take_events(lab);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].kind, SL_EVENT_TARGET_HALF_OPEN);
  EXPECT_EQ(told[0].count, kLimit);
  EXPECT_EQ(address_of(told[0].inside).to_string(), kInside) << "the target: sources are invented";
}

TEST_P(HalfOpen, ASynThatIsSentAgainTakesNoPlace) {
  for (int times = 0; times < 10; ++times) EXPECT_EQ(syn(1), "forwarded");
  EXPECT_EQ(waiting(), 1u);
}

TEST_P(HalfOpen, OtherTargetsAndProtocolsAreNotTouched) {
  fill();
  const Ip4 in{.src = kFar, .dst = kWanAddress};
  EXPECT_EQ(from_wan(in / Tcp{.dport = 81}).what, "forwarded") << "the next port of the same forward";
  EXPECT_EQ(from_wan(in / Tcp{.dport = 90}).what, "forwarded") << "a forward without a limit";
  EXPECT_EQ(from_wan(in / Udp{.dport = 80}).what, "forwarded");
  EXPECT_EQ(from_wan(Ip6{.src = kFar6, .dst = kWanAddress6} / Tcp{.dport = 80}).what, "forwarded");
}

TEST_P(HalfOpen, ForwardsToOneTargetShareItsCount) {
  fill();
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.dport = 85}).what, kRefused);
}

TEST_P(HalfOpen, InIPv6AsWell) {
  const auto open = [&](uint16_t port) {
    return from_wan(Ip6{.src = kFar6, .dst = kWanAddress6} / Tcp{.sport = port, .dport = 80}).what;
  };
  for (uint16_t port = 1; port <= kLimit; ++port) EXPECT_EQ(open(port), "forwarded");
  EXPECT_EQ(open(100), kRefused);
}

TEST_P(HalfOpen, AHandshakeThatIsDoneGivesItsPlaceBack) {
  fill();
  EXPECT_EQ(syn_ack(1), "forwarded");
  EXPECT_EQ(waiting(), kLimit) << "the client may never have asked";
  EXPECT_EQ(syn(100), kRefused);
  EXPECT_EQ(client(1, kAck), "forwarded");
  EXPECT_EQ(waiting(), kLimit - 1);
  EXPECT_EQ(syn(100), "forwarded");
  EXPECT_EQ(syn(101), kRefused);
  EXPECT_EQ(client(1, kAck), "forwarded") << "established connections go on";
  EXPECT_EQ(waiting(), kLimit);
}

TEST_P(HalfOpen, ARefusedOneGivesItsPlaceBack) {
  fill();
  EXPECT_EQ(server(1, kRst | kAck, 0), "forwarded");
  EXPECT_EQ(waiting(), kLimit - 1);
  EXPECT_EQ(client(2, kRst), "forwarded");
  EXPECT_EQ(waiting(), kLimit - 2);
}

TEST_P(HalfOpen, TheSamePortsAgainAfterACloseCountAnew) {
  EXPECT_EQ(syn(1), "forwarded");
  EXPECT_EQ(server(1, kRst | kAck, 0), "forwarded");
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(syn(1), "forwarded");
  EXPECT_EQ(waiting(), 1u);
  EXPECT_EQ(server(1, kRst | kAck, 0), "forwarded");
  for (uint16_t port = 2; port <= kLimit + 1; ++port) ASSERT_EQ(syn(port), "forwarded");
  EXPECT_EQ(syn(1), kRefused) << "a close is no way past the limit";
}

TEST_P(HalfOpen, ADeadOneGivesItsPlaceBackWithoutTheDaemon) {
  fill();
  age_all_flows(lab, 241);
  for (int packets = 0; packets < 3000 && waiting() == kLimit; ++packets)
    (void)from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{.sport = static_cast<uint16_t>(2000 + packets)});
  EXPECT_LT(waiting(), kLimit);
}

TEST_P(HalfOpen, TheSweeperGivesThePlacesOfTheDeadBack) {
  fill();
  age_all_flows(lab, 241);
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kExpired).value(), kLimit);
  EXPECT_EQ(waiting(), 0u);
}

TEST_P(HalfOpen, RulesThatEndTheFlowsGiveTheirPlacesBack) {
  fill();
  use_forwards("");
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kDisallowed).value(), kLimit);
  EXPECT_EQ(waiting(), 0u);
}

TEST_P(HalfOpen, ALimitThatBecomesSmallerOrGoesLosesNoCount) {
  fill();
  use_forwards(R"({ "name": "web", "listen": "203.0.113.1", "ports": [80, 81], "to": "192.168.10.2",
                    "half_open": 2 })");
  (void)lab.engine().gc(Engine::Gc::kDisallowed);
  EXPECT_EQ(waiting(), kLimit) << "those that are there stay";
  EXPECT_EQ(syn(100), kRefused);
  use_forwards(R"({ "name": "web", "listen": "203.0.113.1", "ports": [80, 81], "to": "192.168.10.2" })");
  EXPECT_EQ(syn(100), "forwarded");
  EXPECT_EQ(syn_ack(1), "forwarded");
  EXPECT_EQ(client(1, kAck), "forwarded");
  EXPECT_EQ(waiting(), kLimit - 1) << "who was counted is counted down, and the new one is not counted";
}

TEST_P(HalfOpen, AFlowOfAnotherEngineCountsOnceItIsAdopted) {
  fill();
  const std::vector<FlowState> flows = lab.engine().flows().value();
  lab.forget();
  ASSERT_EQ(take_over_flows(lab, flows, document()).taken, kLimit);
  EXPECT_EQ(waiting(), kLimit);
  EXPECT_EQ(syn(100), kRefused);
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kDisallowed).value(), 0u);
  EXPECT_EQ(syn_ack(1), "forwarded");
  EXPECT_EQ(client(1, kAck), "forwarded");
  EXPECT_EQ(waiting(), kLimit - 1);
  age_all_flows(lab, 241);
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kExpired).value(), kLimit - 1);
  EXPECT_EQ(waiting(), 0u);
}

// Every CPU opens and refuses the same connections at once.
TEST_P(HalfOpen, CountsAreExactFromAllCpus) {
  std::vector<std::vector<Bytes>> frames(2);
  for (uint16_t round = 0; round < 400; ++round) {
    const auto port = static_cast<uint16_t>(1 + round % 12);
    for (auto& of_cpu : frames) {
      of_cpu.push_back(lab.framed(At::kWan, from_client(port, kSyn)));
      of_cpu.push_back(lab.framed(At::kLan, from_server(port, kRst | kAck, 0)));
    }
  }
  in_parallel(2, [&](int cpu) {
    bool from_server = false;
    for (Bytes& frame : frames[static_cast<size_t>(cpu)]) {
      lab.run(GetParam(), from_server ? At::kLan : At::kWan, frame);
      from_server = !from_server;
    }
  });
  EXPECT_LE(waiting(), kLimit);
}

}   // namespace
}   // namespace sluice::test
