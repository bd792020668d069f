// SPDX-License-Identifier: GPL-2.0-or-later
// Limits as chains and dynamic sets of the nftables engine.
#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

Table limited(std::string_view limits) {
  return table_of(house(R"("policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
    "nat": {"forwards": [{"name": "web", "listen": "203.0.113.1", "ports": 80, "to": "192.168.10.2"}]},
    "limits": [)" + std::string(limits) +
                        "]"));
}

constexpr std::string_view kFromLan = "limits_from_lan/to_internet";

TEST(NftLimits, WithoutLimitsNoPacketIsAsked) {
  const Table table = limited("");
  EXPECT_EQ(table.set("limited"), nullptr);
  EXPECT_FALSE(holds(table.chain("passed"), "@limited"));
}

TEST(NftLimits, WhatPassesIsAskedBeforeItIsCounted) {
  const Table table = limited(R"({"name": "all", "from": "lan", "rate": "1pps"})");
  for (const char* chain : {"passed", "reached_host", "left"})
    EXPECT_TRUE(table.chain(chain).front().starts_with("ct state != related ct mark & ")) << chain;
  EXPECT_EQ(table.chain(kFromLan), Texts{"ct direction original jump limit/all"});
  EXPECT_FALSE(table.has_chain("limits_from_internet/to_lan"));
}

TEST(NftLimits, ADirectionOfThePacketAndAnInterfaceOfTheFlow) {
  const Table table = limited(
      R"({"name": "all", "interface": "lan", "to": "internet", "direction": "both", "rate": "1pps"})");
  EXPECT_EQ(table.chain(kFromLan), (Texts{"ct direction original iif { 3 } jump limit/all",
                                          "ct direction reply oif { 3 } jump limit/all"}));
}

TEST(NftLimits, MatchesAsPoliciesDo) {
  const Table table = limited(R"({"name": "dns", "from": "lan", "source": "192.168.10.0/25",
                                  "destination": "198.51.100.1", "protocol": "udp", "ports": 53, "rate": "1pps"})");
  const Texts rules = table.chain(kFromLan);
  ASSERT_EQ(rules.size(), 1u) << "nothing of IPv6";
  EXPECT_EQ(
      rules[0],
      "ct direction original ct original ip saddr 192.168.10.0/25 ct reply ip saddr 198.51.100.1 l4proto 17 "
      "ct reply proto-src 53 jump limit/dns");
}

TEST(NftLimits, AForwardIsKnownByTheMark) {
  const Table table = limited(R"({"name": "web", "forward": "web", "rate": "1pps"})");
  EXPECT_TRUE(holds(table.chain("limits_from_internet/to_lan"), "ct mark & 262143 "));
}

TEST(NftLimits, OneBucketForAllIsARowOfASet) {
  const Table table = limited(R"({"name": "all", "rate": "10pps", "burst": "20p"})");
  const NftSet* set = table.set("limit/all/shared/rule/10pps/20p");
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->counts) << "an apply leaves its rows alone";
  EXPECT_EQ(set->kind["size"], 1);
  EXPECT_EQ(set->kind["stmt"][0]["limit"],
            (json{{"rate", 10}, {"per", "second"}, {"burst", 20}, {"inv", true}}));
  EXPECT_EQ(table.chain("limit/all").size(), 2u);
}

TEST(NftLimits, ASetThatIsFullFallsBackToASharedBucket) {
  const Table table = limited(R"({"name": "each", "key": "source/24", "rate": "10pps", "burst": "20p"})");
  EXPECT_EQ(table.chain("limit/each"),
            (Texts{"nfproto ipv4 count ct original ip saddr & 255.255.255.0 in "
                   "@limit/each/address4/source/24/64/10pps/20p goto exceeds/each",
                   "nfproto ipv4 ct original ip saddr & 255.255.255.0 != "
                   "@limit/each/address4/source/24/64/10pps/20p count ct mark & 0 in "
                   "@limit/each/shared/source/24/64/10pps/20p goto exceeds/each",
                   "nfproto ipv6 count ct original ip6 saddr & ffff:ffff:ffff:ffff:: in "
                   "@limit/each/address6/source/24/64/10pps/20p goto exceeds/each",
                   "nfproto ipv6 ct original ip6 saddr & ffff:ffff:ffff:ffff:: != "
                   "@limit/each/address6/source/24/64/10pps/20p count ct mark & 0 in "
                   "@limit/each/shared/source/24/64/10pps/20p goto exceeds/each",
                   table.chain("limit/each").back()}));
}

// netfilter adds a second of the rate to what is written.
TEST(NftLimits, BitsAreBytesAndASecondLess) {
  const auto statement = [](const char* more) {
    const Table table = limited(R"({"name": "a", "rate": "8mbit")" + std::string(more) + "}");
    for (const NftSet& set : table->sets)
      if (set.name.starts_with("limit/a")) return set.kind["stmt"][0]["limit"];
    return json();
  };
  EXPECT_EQ(statement("")["rate"], 1'000'000);
  EXPECT_EQ(statement("")["burst"], 1);
  EXPECT_EQ(statement(R"(, "burst": "3MB")")["burst"], 2'000'000);
}

TEST(NftLimits, AnotherRateIsAnotherSet) {
  const Table slow = limited(R"({"name": "a", "rate": "1pps"})"),
              fast = limited(R"({"name": "a", "rate": "2pps"})");
  EXPECT_TRUE(slow.set("limit/a/shared/rule/1pps/1p"));
  EXPECT_TRUE(fast.set("limit/a/shared/rule/2pps/1p"));
  EXPECT_TRUE(is_changeable(slow.rules(), fast.rules())) << "the table is not replaced for it";
}

TEST(NftLimits, ExceedingIsCountedThenDroppedOrMarked) {
  const Table table = limited(R"({"name": "a", "rate": "1pps"},
                                 {"name": "b", "rate": "1pps", "action": {"dscp": 8}})");
  const Texts drops = table.chain("exceeds/a"), marks = table.chain("exceeds/b");
  ASSERT_EQ(drops.size(), 3u);
  EXPECT_EQ(drops[1], "iif 0 goto own_drop_over_limit");
  EXPECT_EQ(drops[2], "goto drop_over_limit");
  ASSERT_EQ(marks.size(), 3u);
  EXPECT_EQ(marks[1], "nfproto ipv4 ip dscp set 8");
  EXPECT_EQ(marks[2], "nfproto ipv6 ip6 dscp set 8");
}

}   // namespace
}   // namespace sluice::test
