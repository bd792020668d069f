// SPDX-License-Identifier: GPL-2.0-or-later
// Masquerades, the addresses that they hide, and hairpins.
#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

std::string masquerade(std::string_view more) {
  return house(R"("policies": [{"name": "o", "from": "lan", "to": "internet", "action": "accept"}],
    "nat": {"masquerade": [{"name": "m", "from": "lan", "to": "internet")" +
               std::string(more) + "}]}");
}

constexpr uint16_t kInternet = 1, kLan = 2;
constexpr const char* kWithPorts = "l4proto { tcp, udp, sctp, udplite } ";

TEST(NftMasquerade, OwnAddressIsThatOfTheWayOut) {
  const Table table = table_of(masquerade(""));
  EXPECT_EQ(table.source_nat(kLan, kInternet), Texts{"nfproto ipv4 goto masquerade4_1"});
  EXPECT_EQ(table.chain("masquerade4_1"), (Texts{"snat oif map @own4", "goto drop_no_address"}));
  EXPECT_EQ(table.rows("own4"), (Texts{"2 : 203.0.113.1", "3 : 192.168.10.1"}));
}

TEST(NftMasquerade, FamiliesHaveChainsOfTheirOwn) {
  const Table table = table_of(masquerade(R"(, "family": "both")"));
  EXPECT_EQ(table.source_nat(kLan, kInternet),
            (Texts{"nfproto ipv4 goto masquerade4_1", "nfproto ipv6 goto masquerade6_2"}));
  EXPECT_TRUE(holds(table.chain("masquerade6_2"), "snat oif map @own6"));
}

TEST(NftMasquerade, PortsOfTheRuleAreTheOnesTaken) {
  const Table table = table_of(masquerade(R"(, "ports": "2000-2999")"));
  EXPECT_EQ(table.chain("masquerade4_1").front(), std::string(kWithPorts) + "snat oif map @own4 : 2000-2999");
}

TEST(NftMasquerade, ExceptionsLeaveBeforeTheTranslation) {
  const Table table = table_of(masquerade(R"(, "except": ["10.0.0.0/8", "2001:db8::/32"])"));
  const Texts rules = table.chain("masquerade4_1");
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_EQ(rules[0], "ip daddr @prefixes4_1 accept");
  EXPECT_EQ(table.rows("prefixes4_1"), Texts{"10.0.0.0/8"});
  EXPECT_EQ(rules[1], "snat oif map @own4");
}

TEST(NftMasquerade, ExceptionsOfTheOtherFamilyAreNone) {
  const Table table = table_of(masquerade(R"(, "except": "2001:db8::/32")"));
  EXPECT_EQ(table.chain("masquerade4_1").front(), "snat oif map @own4");
}

TEST(NftMasquerade, MappingPerDestinationIsNetfiltersOwn) {
  EXPECT_EQ(table_of(masquerade(R"(, "mapping": "per-destination")")).chain("masquerade4_1"),
            table_of(masquerade("")).chain("masquerade4_1"));
}

TEST(NftMasquerade, PoolOfOneAddressIsThatAddress) {
  const Table table = table_of(masquerade(R"(, "addresses": "203.0.113.8")"));
  EXPECT_EQ(table.chain("masquerade4_1").front(), "snat 203.0.113.8");
}

TEST(NftMasquerade, HostKeepsItsAddressOfAPool) {
  const Table table = table_of(masquerade(R"(, "addresses": "203.0.113.8-203.0.113.15")"));
  EXPECT_EQ(table.chain("masquerade4_1").front(), "snat 203.0.113.8-203.0.113.15 persistent");
}

TEST(NftMasquerade, SeveralRangesShareHostsByTheirSize) {
  const Table table = table_of(masquerade(R"(, "addresses": ["203.0.113.8-203.0.113.9", "203.0.113.20"])"));
  EXPECT_EQ(
      table.chain("masquerade4_1"),
      (Texts{"jhash ip saddr mod 3 vmap { 0-1 : goto pool4_0, 2 : goto pool4_1 }", "goto drop_no_address"}));
  EXPECT_EQ(table.chain("pool4_1").front(), "snat 203.0.113.20");
}

TEST(NftMasquerade, WhoHasNoAddressIsDroppedAndNotLetOutAsHeIs) {
  const Table table =
      table_of(R"({"version": 1, "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}},
    "policies": [{"name": "o", "from": "lan", "to": "internet", "action": "accept"}],
    "nat": {"masquerade": [{"name": "m", "from": "lan", "to": "internet"}]}})");
  EXPECT_EQ(table.rows("own4"), Texts{});
  EXPECT_EQ(table.chain("masquerade4_1").back(), "goto drop_no_address");
}

TEST(NftMasquerade, StaticMappingGoesBeforeIt) {
  const Table table = table_of(kHome);
  const Texts rules = table.source_nat(kLan, kInternet);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_TRUE(rules[0].starts_with("snat ip saddr map @static_from")) << rules[0];
  EXPECT_EQ(rules[1], "nfproto ipv4 goto masquerade4_1");
}

TEST(NftMasquerade, OutsideReachesHiddenAddressesThroughForwardsOnly) {
  const Table table = table_of(kHome);
  EXPECT_EQ(table.between(2, 3).front(), "nfproto ipv4 ct status & dnat 0 goto drop_inside_address");
  EXPECT_EQ(table.row("between", "2 . 2 : goto ").find("hidden"), std::string::npos);
}

TEST(NftMasquerade, WithoutForwardsTheClosedChainHidesToo) {
  const Table table = table_of(masquerade(R"(, "family": "both")"));
  EXPECT_EQ(table.row("between", "2 . 3 : "), "goto closed_hidden4_hidden6");
}

TEST(NftMasquerade, GatewaysInsideAddressIsHiddenFromOutside) {
  const Table table = table_of(kHome);
  EXPECT_TRUE(holds(table.rows("hidden4"), "2 . 192.168.10.1"));
  EXPECT_FALSE(holds(table.rows("hidden4"), "203.0.113.1"));
  EXPECT_EQ(table.rows("hidden6"), Texts{}) << "the masquerade is for IPv4";
}

TEST(NftHairpin, InsideSeesTheOutsideAddressOfItsNeighbour) {
  const Table table = table_of(kHome);
  EXPECT_EQ(table.source_nat(kLan, kLan), Texts{"ct status in dnat ct original ip daddr vmap @hairpin4_lan"});
  EXPECT_EQ(table.rows("hairpin4_lan"),
            (Texts{"203.0.113.1 : goto hairpin4_lan_2", "203.0.113.5 : goto hairpin4_lan_2"}));
  EXPECT_TRUE(holds(table.chain("hairpin4_lan_2"), "nfproto ipv4 goto masquerade4_1_2"));
  EXPECT_EQ(table.chain("masquerade4_1_2").front(), "snat 203.0.113.1");
}

TEST(NftHairpin, WhereNobodyMasqueradesTheAddressThatWasAskedForDoes) {
  const Table table = table_of(house(R"("nat": {"forwards": [
    {"name": "six", "listen": "2001:db8:f::1", "ports": 80, "to": "[2001:db8:10::2]:80"}]})"));
  EXPECT_EQ(table.rows("hairpin6_lan"), Texts{"2001:db8:f::1 : goto hairpin6_lan_2"});
  EXPECT_EQ(table.chain("hairpin6_lan_2"), Texts{"goto masquerade6_1_2"});
  EXPECT_EQ(table.chain("masquerade6_1_2"), (Texts{"snat 2001:db8:f::1", "goto drop_no_address"}));
}

TEST(NftHairpin, PrefixOfAStaticMappingIsARange) {
  const Table table =
      table_of(house(R"("nat": {"masquerade": [{"name": "m", "from": "lan", "to": "internet"}],
    "static": [{"name": "n", "outside": "203.0.113.64/28", "inside": "192.168.10.64/28"}]})"));
  size_t found = 0;
  for (const NftSet& set : table->sets)
    if (set.name.starts_with("hairpin") && set.has_ranges())
      found += holds(table.rows(set.name), "203.0.113.64/28 : goto");
  EXPECT_GE(found, 1u);
}

TEST(NftHairpin, NobodyIsTranslatedWithoutForwardOrMapping) {
  const Table table = table_of(masquerade(""));
  EXPECT_EQ(table.source_nat(kLan, kLan), Texts{});
}

}   // namespace
}   // namespace sluice::test
