// SPDX-License-Identifier: GPL-2.0-or-later
// Who asks for many next hops that nobody knows yet is held back, and others are not
// (bpf/output/neighbour.h).
#include <fmt/format.h>

#include "drop_reason.hpp"

namespace sluice::test {
namespace {

constexpr auto kOfSource = 16, kOfInterface = 64, kOfUplinks = 48;
constexpr auto kEverything = R"(
    { "name": "lan-all", "from": "lan", "to": ["dmz", "internet"], "action": "accept" },
    { "name": "dmz-all", "from": "dmz", "to": "lan", "action": "accept" },
    { "name": "in", "from": "internet", "to": ["lan", "dmz"], "action": "accept" })";

// Hosts that are not there, so that the gateway knows no MAC of theirs.
std::string missing(int number) { return fmt::format("172.20.1.{}", 10 + number); }
std::string missing6(int number) { return fmt::format("2001:db8:20::1:{}", number); }

class Neighbours : public DropReason {
 protected:
  Neighbours() { use({kEverything, "", "", "", R"(, "zones": { "internet": { "uplink": true } })"}); }

  std::string asks(std::string_view source, const std::string& target, uint16_t port = 1111,
                   At at = At::kLan) {
    return what(at, Ip4{.src = source, .dst = target} / Udp{.sport = port});
  }
  std::string asks6(std::string_view source, const std::string& target, At at = At::kLan) {
    return what(at, Ip6{.src = source, .dst = target} / Udp{});
  }
  // Of next hops from `first` on, how many of `count` a source is let ask for.
  int scans(std::string_view source, int first, int count) {
    int passed = 0;
    for (int i = 0; i < count; ++i) passed += asks(source, missing(first + i)) == "forwarded";
    return passed;
  }
  int scans6(std::string_view source, int first, int count, At at = At::kLan) {
    int passed = 0;
    for (int i = 0; i < count; ++i) passed += asks6(source, missing6(first + i), at) == "forwarded";
    return passed;
  }
  // Of next hops that were asked for already, how many anybody may ask for by that port. Two of them can have
  // one row, which is that of the later one: among 64 in 4,096 rows that is seldom, and hardly ever so many.
  static constexpr int kOverwritten = 4;
  int paid_for(std::string_view source, int count, uint16_t port) {
    int passed = 0;
    for (int i = 0; i < count; ++i) passed += asks(source, missing(i), port) == "forwarded";
    return passed;
  }
  // All that hosts of one network may ask for together.
  void spend_interface() {
    for (int host = 0; host < kOfInterface / kOfSource; ++host)
      ASSERT_EQ(scans(fmt::format("192.168.10.{}", 100 + host), host * kOfSource, kOfSource), kOfSource);
  }
};

// Its name is the reason's: DropReasons.EachIsReachedHereOrSaidToBeUnreachable.
TEST_P(DropReason, UNRESOLVED) {
  for (int i = 0; i < kOfSource; ++i)
    ASSERT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = missing(i)} / Udp{}), "forwarded") << i;
  EXPECT_EQ(what(At::kLan, Ip4{.src = kInside, .dst = missing(kOfSource)} / Udp{}), "dropped: UNRESOLVED");
}

TEST_P(Neighbours, AScannerHasAShareAndOthersHaveTheirs) {
  EXPECT_EQ(scans(kInside, 0, 30), kOfSource);
  EXPECT_EQ(asks(kSecond, missing(40)), "forwarded");
  EXPECT_EQ(asks(kInside, kDmz), "forwarded") << "its MAC is known";
  EXPECT_TRUE(find_flow(lab, fmt::format("{}:1111 > {}:{}", kInside, missing(0), Udp{}.dport)));
  EXPECT_FALSE(find_flow(lab, fmt::format("{}:1111 > {}:{}", kInside, missing(20), Udp{}.dport)));
}

TEST_P(Neighbours, AnIpv6SourceIsItsNetwork) {
  EXPECT_EQ(scans6(kInside6, 0, 10), 10);
  EXPECT_EQ(scans6("2001:db8:10::77", 10, 10), kOfSource - 10);
  EXPECT_EQ(asks6("2001:db8:a::1", missing6(40)), "forwarded") << "of another network";
}

TEST_P(Neighbours, ANextHopIsPaidForOnce) {
  EXPECT_EQ(scans(kInside, 0, 30), kOfSource);
  EXPECT_EQ(asks(kInside, missing(3)), "forwarded") << "the same flow";
  EXPECT_GE(paid_for(kInside, kOfSource, 2222), kOfSource - kOverwritten) << "other flows";
  for (uint16_t port = 1; port < 100; ++port)
    ASSERT_EQ(asks(kSecond, missing(50), port), "forwarded") << "one that is dead, by as many as like";
  EXPECT_EQ(scans(kSecond, 60, 30), kOfSource - 1);
}

TEST_P(Neighbours, AnInterfaceHasAShareOfTheTable) {
  spend_interface();
  EXPECT_EQ(asks(kSecond, missing(200)), "dropped: UNRESOLVED");
  EXPECT_EQ(asks(kSecond, kDmz), "forwarded") << "its MAC is known";
  EXPECT_GE(paid_for(kSecond, kOfInterface, 1111), kOfInterface - kOverwritten) << "they were asked for";
  EXPECT_EQ(asks6(kInside6, missing6(0)), "forwarded") << "another table";
  EXPECT_EQ(asks(kSecond, "203.0.113.200"), "forwarded") << "another interface";
}

TEST_P(Neighbours, WhatTheInterfaceHasNotIsNotTakenFromTheSource) {
  spend_interface();
  EXPECT_EQ(scans(kSecond, 200, 30), 0);
  for (int i = 0; i < kOfSource; ++i)
    EXPECT_EQ(asks(kSecond, fmt::format("203.0.113.{}", 100 + i)), "forwarded") << i;
}

TEST_P(Neighbours, ManySourcesOfAnUplinkLeaveSomeToTheInside) {
  int passed = 0;
  for (int network = 0; network < 8; ++network)
    passed += scans6(fmt::format("2001:db8:99:{}::7", network), network * 20, 20, At::kWan);
  EXPECT_EQ(passed, kOfUplinks);
  EXPECT_EQ(scans6(kInside6, 500, 30), kOfInterface - kOfUplinks);
}

// A server answers hosts that the gateway has forgotten: its own share would not do for a network of them.
TEST_P(Neighbours, AnswersAskAsWellAndForMore) {
  for (int i = 0; i < kOfInterface + 10; ++i) {
    const std::string host = fmt::format("192.168.10.{}", 100 + i);
    ASSERT_EQ(asks(host, kDmz), "forwarded");
    EXPECT_EQ(what(At::kDmz, Ip4{.src = kDmz, .dst = host} / Udp{.sport = Udp{}.dport, .dport = 1111}),
              i < kOfInterface ? "forwarded" : "dropped: UNRESOLVED")
        << i;
  }
}

ON_BOTH_HOOKS(Neighbours);

}   // namespace
}   // namespace sluice::test
