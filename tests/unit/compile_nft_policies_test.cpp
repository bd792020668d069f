// SPDX-License-Identifier: GPL-2.0-or-later
// Policies and defaults as chains between zones.
#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

std::string policies(std::string_view list) { return house(R"("policies": [)" + std::string(list) + "]"); }

constexpr std::string_view kClosedToAll = R"("zones": {"lan": {"isolated": true}})";

TEST(NftPolicies, WhatNobodySpeaksOfSharesAChainThatDrops) {
  const Table table = table_of(house(""));
  EXPECT_EQ(table.row("between", "2 . 3 : "), "goto closed");
  EXPECT_EQ(table.row("between", "3 . 2 : "), "goto closed");
  EXPECT_EQ(table.row("towards_host", "2 : "), "goto closed");
  EXPECT_EQ(table.chain("closed"), Texts{"goto drop_policy"});
}

TEST(NftPolicies, GatewayAndNeighboursOfOneZonePassByDefault) {
  const Table table = table_of(house(""));
  EXPECT_TRUE(table.between(3, 3).back().ends_with("goto admitted"));
  EXPECT_TRUE(table.chain(table.row("out_of_host", "2 : goto ")).back().ends_with("goto own_admitted"));
  EXPECT_EQ(table.chain("own_admitted").back(), "ct mark set ct mark & 268435455 | 268435456 goto left");
}

TEST(NftPolicies, IsolatedZoneDropsInside) {
  const Table table = table_of(house(kClosedToAll));
  EXPECT_EQ(table.row("between", "3 . 3 : "), "goto closed");
  EXPECT_NE(table.row("between", "2 . 2 : "), "goto closed");
  EXPECT_EQ(table.row("passes", "3 . 3 . "), "");
}

TEST(NftPolicies, TheyStandInTheOrderOfTheDocumentBeforeTheDefault) {
  const Table table = table_of(policies(R"(
    {"name": "no", "from": "lan", "to": "internet", "protocol": "tcp", "ports": 23, "action": "reject"},
    {"name": "never", "from": "lan", "to": "internet", "protocol": "gre", "action": "drop"},
    {"name": "out", "from": "lan", "to": "internet", "action": "accept"})"));
  const Texts rules = table.between(3, 2);
  ASSERT_EQ(rules.size(), 4u);
  EXPECT_EQ(rules[0], "l4proto 6 ct reply proto-src 23 goto refuses/1");
  EXPECT_EQ(rules[1], "l4proto 47 goto refuses/2");
  EXPECT_TRUE(rules[2].starts_with("ct mark set ") && rules[2].ends_with(" goto admitted")) << rules[2];
  EXPECT_EQ(rules[3], "goto drop_policy");
}

TEST(NftPolicies, WhatOneRefusesIsCountedAndDroppedByItsReason) {
  const Table table = table_of(policies(R"(
    {"name": "no", "from": "lan", "to": "internet", "protocol": "tcp", "ports": 23, "action": "reject"},
    {"name": "never", "from": ["lan", "host"], "to": "internet", "protocol": "gre", "action": "drop"})"));
  EXPECT_EQ(table.chain("refuses/1"), (Texts{"mark & 0 | 1 @objects", "goto drop_reject"}));
  EXPECT_EQ(table.chain("refuses/2"), (Texts{"mark & 0 | 2 @objects", "goto drop_policy"}));
  EXPECT_EQ(table.chain("own_refuses/2"), (Texts{"mark & 0 | 2 @objects", "goto own_drop_policy"}));
  EXPECT_FALSE(table.has_chain("own_refuses/1")) << "it says nothing of the gateway's own packets";
}

TEST(NftPolicies, EachRuleSaysWhosePolicyItIs) {
  const Table table =
      table_of(policies(R"({"name": "lan-out", "from": "lan", "to": "internet", "action": "accept"})"));
  size_t named = 0;
  for (const NftChain& chain : table->chains)
    for (const std::string& rule : chain.rules) named += json::parse(rule).value("comment", "") == "lan-out";
  EXPECT_EQ(named, 1u);
}

TEST(NftPolicies, PortsAndRangesAreOneSet) {
  const Table table =
      table_of(policies(R"({"name": "a", "from": "lan", "to": "internet", "protocol": ["tcp", "udp"],
    "ports": [53, "1000-2000"], "action": "accept"})"));
  const std::string name = [&] {
    for (const NftSet& set : table->sets)
      if (set.name.starts_with("service")) return set.name;
    return std::string();
  }();
  EXPECT_EQ(table.rows(name), (Texts{"17 . 1000-2000", "17 . 53", "6 . 1000-2000", "6 . 53"}));
  EXPECT_TRUE(table.set(name)->has_ranges());
  EXPECT_TRUE(holds(table.between(3, 2), "ct original protocol . ct reply proto-src @" + name));
}

TEST(NftPolicies, SourcesAreSeenBeforeAndDestinationsAfterTranslation) {
  const Table table = table_of(policies(R"({"name": "a", "from": "internet", "to": "lan",
    "source": "198.51.100.0/24", "destination": "192.168.10.5", "action": "accept"})"));
  EXPECT_TRUE(
      holds(table.between(2, 3), "ct original ip saddr 198.51.100.0/24 ct reply ip saddr 192.168.10.5"));
}

TEST(NftPolicies, SetOfBothFamiliesIsARuleForEach) {
  const Table table =
      table_of(house(R"("sets": {"admins": ["198.51.100.7", "198.51.100.9", "2001:db8:fa::/64"]},
    "policies": [{"name": "a", "from": "internet", "to": "host", "source": "admins", "action": "accept"}])"));
  const Texts rules = table.chain(table.row("towards_host", "2 : goto "));
  EXPECT_TRUE(holds(rules, "ct original ip saddr @prefixes4_1"));
  EXPECT_TRUE(holds(rules, "ct original ip6 saddr 2001:db8:fa::/64"));
  EXPECT_EQ(table.rows("prefixes4_1"), (Texts{"198.51.100.7/32", "198.51.100.9/32"}));
}

// The kernel looks for the set of a rule in all sets of the table: ten thousand rules with a set each took it
// half a minute.
TEST(NftPolicies, OneNetworkAndOnePortNeedNoSet) {
  const Table table = table_of(policies(R"({"name": "a", "from": "lan", "to": "internet", "action": "accept",
    "source": "10.0.0.0/8", "destination": "198.51.100.7", "protocol": ["tcp", "udp"], "ports": "80-90"})"));
  for (const NftSet& set : table->sets)
    EXPECT_FALSE(set.name.starts_with("prefixes") || set.name.starts_with("service")) << set.name;
  EXPECT_TRUE(holds(table.between(3, 2), "l4proto { 6, 17 } ct reply proto-src 80-90"));
}

TEST(NftPolicies, WhatNamesOneFamilySaysNothingAboutTheOther) {
  const Table table = table_of(policies(R"({"name": "six", "from": "internet", "to": "lan", "source": "::/0",
    "action": "accept"})"));
  const Texts rules = table.between(2, 3);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_TRUE(rules[0].starts_with("ct original ip6 saddr @prefixes6_1"));
}

TEST(NftPolicies, SameMembersShareASet) {
  const Table table = table_of(house(R"("sets": {"a": ["198.51.100.7", "192.0.2.7"]}, "policies": [
    {"name": "p", "from": "internet", "to": "host", "source": "a", "protocol": "tcp", "ports": [22, 23],
     "action": "accept"},
    {"name": "q", "from": "internet", "to": "lan", "source": ["192.0.2.7", "198.51.100.7"], "protocol": "tcp",
     "ports": [22, 23], "action": "accept"}])"));
  size_t prefixes = 0, services = 0;
  for (const NftSet& set : table->sets) {
    prefixes += set.name.starts_with("prefixes");
    services += set.name.starts_with("service");
  }
  EXPECT_EQ(prefixes, 1u);
  EXPECT_EQ(services, 1u);
}

TEST(NftPolicies, TheGatewaysOwnPacketsAreCountedByTheWayOut) {
  const Table table =
      table_of(policies(R"({"name": "a", "from": "host", "to": "internet", "action": "drop"})"));
  EXPECT_EQ(table.chain(table.row("out_of_host", "2 : goto ")).front(), "goto own_refuses/1");
}

// "x" and "y_to_z", "x_to_y" and "z": whatever zones are called, two pairs never share a chain.
TEST(NftPolicies, ZonesWithNamesAlikeHaveChainsOfTheirOwn) {
  Observed seen = fresh_machine();
  add_link(seen, "eth1", 4);
  add_link(seen, "eth2", 5);
  const Table table =
      table_of(R"({"version": 1, "interfaces": {"wan": {"zone": "x"}, "lan": {"zone": "y_to_z"},
      "eth1": {"zone": "x_to_y"}, "eth2": {"zone": "z"}},
    "policies": [{"name": "p", "from": "x", "to": "y_to_z", "action": "accept"},
                 {"name": "q", "from": "x_to_y", "to": "z", "action": "reject"}]})",
               seen);
  EXPECT_NE(table.row("between", "2 . 3 : goto "), table.row("between", "4 . 5 : goto "));
  EXPECT_TRUE(table.between(2, 3).front().ends_with("goto admitted"));
  EXPECT_EQ(table.between(4, 5).front(), "goto refuses/2");
}

TEST(NftPolicies, NoChainAndNoSetIsMadeTwice) {
  Observed seen = fresh_machine();
  add_link(seen, "eth1", 4);
  const Table table = table_of(R"({"version": 1, "interfaces": {
      "wan": {"zone": "w", "addresses": ["203.0.113.1/24"]},
      "lan": {"zone": "a", "addresses": ["192.168.10.1/24"]},
      "eth1": {"zone": "a_networks", "addresses": ["192.168.11.1/24"]}},
    "nat": {"masquerade": [{"name": "m", "from": ["a", "a_networks"], "to": "w"}],
      "static": [{"name": "s", "outside": "203.0.113.64/28", "inside": "192.168.10.64/28"},
                 {"name": "t", "outside": "203.0.113.5", "inside": "192.168.11.5"}]}})",
                               seen);
  std::set<std::string> sets, chains;
  for (const NftSet& set : table->sets) EXPECT_TRUE(sets.insert(set.name).second) << set.name;
  for (const NftChain& chain : table->chains) EXPECT_TRUE(chains.insert(chain.name).second) << chain.name;
}

}   // namespace
}   // namespace sluice::test
