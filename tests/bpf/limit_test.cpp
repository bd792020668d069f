// SPDX-License-Identifier: GPL-2.0-or-later
// Limits packet by packet: who shares a bucket, what is taken from it, what becomes of the rest. The rates
// are so low that none of them gives anything back within a test; limit_rate_test.cpp has those that do.
#include "limited.hpp"

namespace sluice::test {
namespace {

class LimitTest : public LimitedTest {};
ON_BOTH_HOOKS(LimitTest);

TEST_P(LimitTest, LetsTheBurstPassAndCountsTheRest) {
  limit(R"({ "name": "slow", "from": "lan", "to": "internet", "rate": "1pps", "burst": "4p" })");
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 4);
  EXPECT_EQ(passed(At::kDmz, datagram(kDmz)), 6) << "from another zone";
  EXPECT_EQ(passed_by("slow").packets, 4u);
  EXPECT_EQ(passed_by("slow").bytes, 4 * 28u);
  EXPECT_EQ(exceeded("slow").packets, 2u);
  EXPECT_EQ(exceeded("slow").bytes, 2 * 28u);
}

TEST_P(LimitTest, AFloodOfNewFlowsMakesNoStateBeyondIt) {
  limit(R"({ "name": "slow", "from": "lan", "key": "source", "rate": "1pps", "burst": "5p" })");
  int passes = 0;
  for (uint16_t port = 1000; port < 1100; ++port) passes += from_lan(datagram(kInside, port)).what != kOver;
  EXPECT_EQ(passes, 5);
  EXPECT_EQ(flow_rows(lab).size(), 10u);
  EXPECT_EQ(mapping_rows(lab, "nat_outside").size(), 5u);
}

TEST_P(LimitTest, WhatPoliciesRefuseDoesNotCount) {
  limit(R"({ "name": "slow", "from": "lan", "rate": "1pps", "burst": "2p" })");
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(from_lan(datagram(kInside, 40000, "198.51.100.66")).what, "dropped: POLICY");
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 2);
}

TEST_P(LimitTest, SourcesDoNotShare) {
  limit(R"({ "name": "each", "from": "lan", "key": "source", "rate": "1pps", "burst": "3p" })");
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 3);
  EXPECT_EQ(passed(At::kLan, datagram(kSecond)), 3);
  EXPECT_EQ(passed(At::kLan, datagram6(kInside6)), 3);
  EXPECT_EQ(passed(At::kLan, datagram(kInside, 2)), 0) << "another flow of the same";
}

TEST_P(LimitTest, NetworksShare) {
  limit(R"({ "name": "each", "from": "lan", "key": "source/24", "rate": "1pps", "burst": "3p" })");
  EXPECT_EQ(passed(At::kLan, datagram("10.64.1.1")), 3);
  EXPECT_EQ(passed(At::kLan, datagram("10.64.1.200")), 0);
  EXPECT_EQ(passed(At::kLan, datagram("10.64.2.1")), 3);
  EXPECT_EQ(passed(At::kLan, datagram6(kInside6)), 3);
  EXPECT_EQ(passed(At::kLan, datagram6("2001:db8:10::3")), 0) << "the same 64 bits";
}

TEST_P(LimitTest, NetworksOfIpv6AreAsLongAsTheDocumentSays) {
  limit(R"({ "name": "each", "from": "lan", "key": "source/24/127", "rate": "1pps", "burst": "3p" })");
  EXPECT_EQ(passed(At::kLan, datagram6("2001:db8:10::2")), 3);
  EXPECT_EQ(passed(At::kLan, datagram6("2001:db8:10::3")), 0);
  EXPECT_EQ(passed(At::kLan, datagram6("2001:db8:10::4")), 3);
}

TEST_P(LimitTest, ADestinationIsWhatTheInsideSees) {
  limit(R"({ "name": "each", "from": "internet", "key": "destination", "rate": "1pps", "burst": "3p",
             "destination": "192.168.10.2" })");
  EXPECT_EQ(passed(At::kWan, Ip4{.src = kFar, .dst = kWanAddress} / Udp{.dport = 30000}), 3);
  EXPECT_EQ(passed(At::kWan, Ip4{.src = kOutside, .dst = kWanAddress} / Udp{.dport = 30001}), 0);
  EXPECT_EQ(passed(At::kWan, Ip4{.src = kFar, .dst = kWanAddress} / Udp{.dport = 53}), 6) << "to the second";
}

TEST_P(LimitTest, FlowsDoNotShare) {
  limit(R"({ "name": "each", "from": "lan", "key": "flow", "rate": "1pps", "burst": "3p" })");
  EXPECT_EQ(passed(At::kLan, datagram(kInside, 1)), 3);
  EXPECT_EQ(passed(At::kLan, datagram(kInside, 2)), 3);
  EXPECT_EQ(passed(At::kLan, datagram6(kInside6, 1)), 3);
}

TEST_P(LimitTest, VrfsShareNothingButHaveOneBucketEach) {
  limit(R"({ "name": "each", "from": "lan", "key": "vrf", "rate": "1pps", "burst": "3p" })");
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 3);
  EXPECT_EQ(passed(At::kLan, datagram(kSecond)), 0) << "the same VRF";
}

TEST_P(LimitTest, AnswersCountInTheVrfThatAsked) {
  lab.forget();
  lab.apply(office_document(R"({ "to": "0.0.0.0/0", "through": "main" })", "", R"(, "limits": [
    { "name": "each", "key": "vrf", "direction": "both", "rate": "1pps", "burst": "3p" } ])"));
  const View dmz = from(At::kDmz, datagram(kDmz)).view(), lan = from_lan(datagram(kInside)).view();
  EXPECT_EQ(passed(At::kWan, answer_to(dmz), 1), 1);
  EXPECT_EQ(passed(At::kDmz, datagram(kDmz)), 1);
  EXPECT_EQ(passed(At::kWan, answer_to(dmz)), 0);
  EXPECT_EQ(passed(At::kWan, answer_to(lan)), 2) << "the main one's own";
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 0);
}

TEST_P(LimitTest, RepliesCountForWhoBegan) {
  limit(R"({ "name": "down", "from": "lan", "direction": "reply", "key": "source", "rate": "1pps",
             "burst": "2p" })");
  const View seen = from_lan(datagram(kInside)).view();
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 6) << "nothing is said about what it sends";
  EXPECT_EQ(passed(At::kWan, answer_to(seen)), 2);
  const View other = from_lan(datagram(kSecond)).view();
  EXPECT_EQ(passed(At::kWan, answer_to(other)), 2) << "another source";
  EXPECT_EQ(passed(At::kWan, answer_to(from_lan(datagram(kInside, 7)).view())), 0) << "the same source";
}

TEST_P(LimitTest, BothDirectionsTogether) {
  limit(R"({ "name": "all", "from": "lan", "direction": "both", "rate": "1pps", "burst": "5p" })");
  const View seen = from_lan(datagram(kInside)).view();
  EXPECT_EQ(passed(At::kWan, answer_to(seen), 3), 3);
  EXPECT_EQ(passed(At::kLan, datagram(kInside), 3), 1);
  EXPECT_EQ(passed(At::kWan, answer_to(seen), 3), 0);
}

TEST_P(LimitTest, MatchesByWhatItNames) {
  const struct {
    const char* match;
    Layers under, beside;
    At device = At::kLan;
  } cases[] = {
      {R"("source": ["192.168.10.3", "admins"])", datagram(kSecond), datagram(kInside)},
      {R"("destination": "198.51.100.0/29")", datagram(kInside), datagram(kInside, 1, "198.51.100.9")},
      {R"("protocol": "udp", "ports": "53-54")", datagram(kInside),
       Ip4{.src = kInside, .dst = kFar} / Udp{.dport = 55}},
      {R"("protocol": "gre")", Ip4{.src = kInside, .dst = kFar} / Gre{}, datagram(kInside)},
      {R"("interface": "lan", "to": "internet")", datagram(kInside), datagram(kInside, 1, kDmz)},
      {R"("source": "::/0")", datagram6(kInside6), datagram(kInside)},
      {R"("to": "host")", Ip4{.src = kInside, .dst = kLanAddress} / Udp{}, datagram(kInside)},
      {R"("forward": "game")", Ip4{.src = kFar, .dst = kWanAddress} / Udp{.dport = 30001},
       Ip4{.src = kFar, .dst = kWanAddress} / Udp{.dport = 53}, At::kWan},
  };
  for (const auto& [match, under, beside, device] : cases) {
    limit(fmt::format(R"({{ "name": "some", {}, "rate": "1pps", "burst": "2p" }})", match));
    EXPECT_EQ(passed(device, under), 2) << match;
    EXPECT_EQ(passed(device, beside), 6) << match;
  }
}

// A packet that another limit drops took nothing.
TEST_P(LimitTest, AllThatMatchMustHaveRoom) {
  limit(R"({ "name": "wide", "from": "lan", "rate": "1pps", "burst": "4p" },
           { "name": "each", "to": "internet", "key": "source", "rate": "1pps", "burst": "2p" })");
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 2);
  EXPECT_EQ(passed(At::kLan, datagram(kSecond)), 2) << "the wide one has two left";
  EXPECT_EQ(passed(At::kLan, datagram(kMail)), 0);
  EXPECT_EQ(passed_by("wide").packets, 4u);
  EXPECT_EQ(exceeded("wide").packets, 10u);
  EXPECT_EQ(passed_by("each").packets, 4u);
  EXPECT_EQ(exceeded("each").packets, 4u);
}

TEST_P(LimitTest, MarksWhatExceedsAndKeepsChecksums) {
  limit(R"({ "name": "bulk", "from": "lan", "rate": "1pps", "burst": "2p", "action": { "dscp": 8 } })");
  for (int i = 0; i < 4; ++i) {
    const View seen = from_lan(Ip4{.src = kInside, .dst = kFar, .tos = 0xb9} / Udp{}).view();
    EXPECT_EQ(seen.tos, i < 2 ? 0xb9 : 0x21) << "EF, then CS1; the ECN bits stay";
    EXPECT_EQ(seen.flaws(), "");
  }
  const View ipv6 = from_lan(Ip6{.src = kInside6, .dst = kFar6, .traffic_class = 0xff} / Tcp{}).view();
  EXPECT_EQ(ipv6.tos, 0x23);
  EXPECT_EQ(ipv6.flaws(), "");
  EXPECT_EQ(exceeded("bulk").packets, 3u);
  EXPECT_EQ(passed_by("bulk").packets, 2u);
}

TEST_P(LimitTest, BytesCountFromTheIpHeaderOn) {
  limit(R"({ "name": "slow", "from": "lan", "rate": "1kbit", "burst": "4000B" })");
  EXPECT_EQ(passed(At::kLan, datagram(kInside) / Bytes(972)), 4);
}

// Else a small bucket would hold up a connection for good.
TEST_P(LimitTest, APacketThatIsLargerThanTheBucketPassesAFullOne) {
  limit(R"({ "name": "slow", "from": "lan", "rate": "1kbit", "burst": "1500B" })");
  const Metadata large{.gso_size = 1000, .gso_segs = 3};
  const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(3000);
  if (GetParam() == Hook::kXdp) GTEST_SKIP() << "XDP sees no packets that devices merged";
  EXPECT_EQ(passed(At::kLan, packet, 3, large), 1);
  EXPECT_EQ(passed_by("slow").bytes, 3000u + 3 * 28);
}

TEST_P(LimitTest, AMergedPacketCountsAsThoseThatItIsMadeOf) {
  if (GetParam() == Hook::kXdp) GTEST_SKIP() << "XDP sees no packets that devices merged";
  limit(R"({ "name": "slow", "from": "lan", "rate": "1pps", "burst": "9p" })");
  const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(3000);
  EXPECT_EQ(passed(At::kLan, packet, 4, {.gso_size = 1000, .gso_segs = 3}), 3);
  EXPECT_EQ(passed_by("slow").packets, 9u);
  EXPECT_EQ(passed_by("slow").bytes, 3 * (3000u + 3 * 28));
}

TEST_P(LimitTest, ADriverThatDoesNotSayHowManyIsHelped) {
  if (GetParam() == Hook::kXdp) GTEST_SKIP() << "XDP sees no packets that devices merged";
  limit(R"({ "name": "slow", "from": "lan", "rate": "1pps", "burst": "9p" })");
  EXPECT_EQ(passed(At::kLan, Ip4{.src = kInside, .dst = kFar} / Tcp{} / Bytes(2500), 4, {.gso_size = 1000}),
            3);
  EXPECT_EQ(passed_by("slow").bytes, 3 * (2500u + 3 * 40)) << "each with headers of its own";
}

TEST_P(LimitTest, TheGatewaysOwnPacketsHaveLimitsToo) {
  limit(R"({ "name": "own", "from": "host", "rate": "1pps", "burst": "2p" },
           { "name": "not", "from": "internet", "rate": "1pps", "burst": "1p" })");
  int passes = 0;
  for (int i = 0; i < 5; ++i)
    passes += lab.leave(At::kWan, Ip4{.src = kWanAddress, .dst = kFar} / Udp{}).what == "from host";
  EXPECT_EQ(passes, 2);
  EXPECT_EQ(exceeded("own").packets, 3u);
}

}   // namespace
}   // namespace sluice::test
