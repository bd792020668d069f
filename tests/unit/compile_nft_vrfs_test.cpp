// SPDX-License-Identifier: GPL-2.0-or-later
// VRFs: whose packet it is, where its destination is looked for, which way it goes on.
#include <fmt/format.h>

#include "compile/nft/marks.hpp"
#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

// Devices 2 (wan) and 3 (lan); lan is in VRF 7.
std::string office(std::string_view routes, std::string_view more = "") {
  return fmt::format(R"({{"version": 1, "interfaces": {{
    "wan": {{"zone": "internet", "addresses": ["203.0.113.1/24"]}},
    "lan": {{"zone": "office", "vrf": "net", "addresses": ["10.0.0.1/24"], "anti_spoofing": "loose"}}}},
    "vrfs": {{"net": {{"table": 7, "routes": [{}]}}}}{}{}}})",
                     routes, more.empty() ? "" : ", ", more);
}

constexpr const char* kOut = R"({"to": "0.0.0.0/0", "through": "main"})";
constexpr const char* kForwards = R"("nat": {"forwards": [
  {"name": "in", "listen": "203.0.113.1", "ports": 80, "to": "10.0.0.5:8080", "vrf": "net"},
  {"name": "own", "listen": "10.0.0.1", "ports": 80, "to": "10.0.0.5:8080", "vrf": "net"},
  {"name": "out", "listen": "10.0.0.1", "ports": 81, "to": "203.0.113.9:80"}]})";

std::string mark(uint16_t vrf) { return std::to_string(vrf_mark(vrf)); }

TEST(NftVrfs, WithoutThemNothingIsAskedAboutMarks) {
  const Table table = table_of(house(""));
  for (const char* chain : {"vrf_of_packet", "arrival_in_vrf", "way_on", "translated"})
    EXPECT_FALSE(table.has_chain(chain)) << chain;
  for (const NftChain& chain : table->chains)
    for (const std::string& rule : chain.rules)
      EXPECT_FALSE(joined(json::parse(rule)["expr"], " ").starts_with("mark")) << chain.name << rule;
}

TEST(NftVrfs, PacketsHaveTheMarkOfWhereTheyCameIn) {
  const Table table = table_of(office(kOut));
  EXPECT_EQ(table.rows("vrf_of_device"), (Texts{"2 : 0", "3 : " + mark(7)}));
  EXPECT_EQ(table.chain("vrf_of_packet").front(), "mark set iif map @vrf_of_device");
}

TEST(NftVrfs, WhatLeavesItIsToldApartByZoneAtItsBeginningOnly) {
  const Table table = table_of(office(kOut));
  EXPECT_EQ(table.chain("within_vrf").front(),
            fmt::format("ct zone set mark map {{ {} : 7 }} accept", mark(7)));
  EXPECT_EQ(table.chain("vrf_of_packet").back(),
            fmt::format("ct original zone set mark map {{ {} : 7 }}", mark(7)));
  EXPECT_EQ(table.chain("vrf_of_own_packet"),
            (Texts{"ct zone set oif map { 3 : 7 } accept",
                   fmt::format("ct zone set mark map {{ {} : 7 }} accept", mark(7))}));
  EXPECT_FALSE(table.has_chain("answers_differ"));
}

TEST(NftVrfs, WhatWaitsIsSortedByWhereItCameIn) {
  std::string document = office(kOut);
  document.insert(document.find(R"("zone": "internet")"), R"("rate": "100mbit", )");
  EXPECT_FALSE(holds(table_of(document).chain("passed"), "priority"));
  document.insert(document.find(R"("table": 7)"), R"("bandwidth": {"guaranteed": "1mbit"}, )");
  EXPECT_TRUE(holds(table_of(document).chain("passed"), "priority set iif map { 3 : 5c1d:7 }"));
}

TEST(NftVrfs, AnswersOfAnotherOneMayComeToItsAddresses) {
  const Table table = table_of(office(kOut, kForwards));
  EXPECT_EQ(table.rules().asked_vrfs, std::set<uint16_t>{7});
  EXPECT_EQ(table.chain("at_gateway").front(),
            fmt::format("ct original zone set mark map {{ {} : 7 }} accept", mark(7)));
  EXPECT_EQ(table.chain("vrf_of_own_packet"),
            (Texts{"ct original zone set oif map { 3 : 7 } accept",
                   fmt::format("ct original zone set mark map {{ {} : 7 }} accept", mark(7))}));
  EXPECT_TRUE(table.has_chain("answers_differ"));
}

TEST(NftVrfs, TheLongestPrefixLeadsThroughAnother) {
  const Table table = table_of(office(std::string(kOut) + R"(, {"to": "192.0.2.0/24", "through": "main"})"));
  EXPECT_EQ(table.chain("through_7"),
            (Texts{"ip daddr 192.0.2.0/24 mark set 0 accept", "nfproto ipv4 mark set 0 accept"}));
  EXPECT_TRUE(table.chain("view").back().ends_with("goto through_7 }"));
}

TEST(NftVrfs, ForwardsAreOfTheVrfThatTheyListenIn) {
  const Table table = table_of(office(kOut, kForwards));
  EXPECT_EQ(table.rows("vrf_forward_to4"),
            (Texts{"0 . 203.0.113.1 . 6 . 80 : 10.0.0.5", mark(7) + " . 10.0.0.1 . 6 . 80 : 10.0.0.5",
                   mark(7) + " . 10.0.0.1 . 6 . 81 : 203.0.113.9"}));
  EXPECT_EQ(table.rows("vrf_forward_leads4"),
            (Texts{"0 . 203.0.113.1 . 6 . 80 : " + mark(7), mark(7) + " . 10.0.0.1 . 6 . 80 : " + mark(7),
                   mark(7) + " . 10.0.0.1 . 6 . 81 : 0"}));
  EXPECT_EQ(table.rows("forward_object4").size(), 1u);
  EXPECT_EQ(table.rows("forward_object4/7").size(), 2u);
}

TEST(NftVrfs, StaticMappingsAreOfTheHostsOfTheirVrf) {
  const Table table = table_of(office(kOut, R"("policies": [{"name": "o", "from": "office", "to": "internet",
      "action": "accept"}], "nat": {"static": [
      {"name": "a", "outside": "203.0.113.5", "inside": "10.0.0.5", "vrf": "net"},
      {"name": "b", "outside": "203.0.113.6", "inside": "192.0.2.6"}]})"));
  EXPECT_EQ(table.rows("vrf_static_leads4"), (Texts{"0 . 203.0.113.5 : " + mark(7), "0 . 203.0.113.6 : 0"}));
  EXPECT_EQ(table.rows("static_from4_internet/7"), Texts{"10.0.0.5 : 203.0.113.5"});
  EXPECT_EQ(table.rows("static_from4_internet"), Texts{"192.0.2.6 : 203.0.113.6"});
}

TEST(NftVrfs, TheWayOnSaysBothWhereItCameFromAndWhereItGoes) {
  const Table table = table_of(office(kOut, R"("policies": [{"name": "o", "from": "office", "to": "internet",
      "action": "accept"}])"));
  for (uint32_t number = 1; number < table->pairs.size(); ++number)
    if (table->pairs[number] == ZonePair{2, 1}) {
      const std::string key = std::to_string(number << kMarkObjectBits) + " : ";
      EXPECT_EQ(table.row("ways_there", key), std::to_string(kIntoMain | 7));
      EXPECT_EQ(table.row("ways_of_answers", key), std::to_string(kOutOfMain | 7));
      return;
    }
  FAIL() << "nothing passes from office to internet";
}

TEST(NftVrfs, ALooseSourceIsSomewhereInItsOwnVrf) {
  const Table table = table_of(office(kOut));
  EXPECT_EQ(table.rows("ways_back"), (Texts{"2 . 2", "3 . 3"}));
}

TEST(NftVrfs, AddressesOfOneVrfDoNotLeaveByAnother) {
  const Table table = table_of(office(kOut));
  EXPECT_EQ(table.rows("vrf_sources4"), (Texts{"10.0.0.1", "10.0.0.255"}));
  EXPECT_TRUE(holds(table.chain("leaving"), "ip saddr @vrf_sources4 ct original zone . ip saddr != "));
}

}   // namespace
}   // namespace sluice::test
