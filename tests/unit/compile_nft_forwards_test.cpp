// SPDX-License-Identifier: GPL-2.0-or-later
// Where forwards and static mappings stand in the table, and that no port of them is a rule.
#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

std::string forwards(std::string_view list) {
  return house(R"("nat": {"forwards": [)" + std::string(list) + "]}");
}

constexpr std::string_view kSingle =
    R"({"name": "web", "listen": "203.0.113.1", "protocol": "tcp", "ports": 80, "to": "192.168.10.2"})";
constexpr std::string_view kMoved =
    R"({"name": "web", "listen": "203.0.113.1", "protocol": "tcp", "ports": 80, "to": "192.168.10.2:8080"})";
constexpr std::string_view kRange =
    R"({"name": "game", "listen": "203.0.113.1", "protocol": ["tcp", "udp"], "ports": "30000-30010",
        "to": "192.168.10.2"})";
constexpr std::string_view kShifted =
    R"({"name": "ftp", "listen": "203.0.113.1", "protocol": "tcp", "ports": "30000-30002",
        "to": "192.168.10.2:40000"})";

TEST(NftForwards, OnePortIsOneRowThatKeepsThePort) {
  const Table table = table_of(forwards(kSingle));
  EXPECT_EQ(table.rows("forward_to4"), Texts{"203.0.113.1 . 6 . 80 : 192.168.10.2"});
  EXPECT_EQ(table.rows("forward_object4"), Texts{"203.0.113.1 . 6 . 80 . 192.168.10.2 . 80 : 1"});
  EXPECT_EQ(table.set("forward_port4"), nullptr);
  EXPECT_EQ(table.set("forward_range4"), nullptr);
  EXPECT_EQ(table.set("forward_to6"), nullptr);
}

TEST(NftForwards, AnotherPortInsideIsASecondRow) {
  const Table table = table_of(forwards(kMoved));
  EXPECT_EQ(table.rows("forward_to4"), Texts{"203.0.113.1 . 6 . 80 : 192.168.10.2"});
  EXPECT_EQ(table.rows("forward_port4"), Texts{"203.0.113.1 . 6 . 80 : 8080"});
  EXPECT_EQ(table.rows("forward_object4"), Texts{"203.0.113.1 . 6 . 80 . 192.168.10.2 . 8080 : 1"});
}

TEST(NftForwards, RangeThatKeepsItsPortsIsOneRowForEachProtocol) {
  const Table table = table_of(forwards(kRange));
  EXPECT_EQ(table.rows("forward_range4"), (Texts{"203.0.113.1 . 17 . 30000-30010 : 192.168.10.2",
                                                 "203.0.113.1 . 6 . 30000-30010 : 192.168.10.2"}));
  EXPECT_EQ(table.rows("forward_object_range4").at(1),
            "203.0.113.1 . 6 . 30000-30010 . 192.168.10.2 . 30000-30010 : 1");
  EXPECT_TRUE(table.set("forward_range4")->has_ranges());
  EXPECT_EQ(table.set("forward_to4"), nullptr);
}

TEST(NftForwards, ShiftedRangeKeepsTheOrderOfItsPorts) {
  const Table table = table_of(forwards(kShifted));
  EXPECT_EQ(table.rows("forward_port4"),
            (Texts{"203.0.113.1 . 6 . 30000 : 40000", "203.0.113.1 . 6 . 30001 : 40001",
                   "203.0.113.1 . 6 . 30002 : 40002"}));
  EXPECT_EQ(table.rows("forward_to4").size(), 3u);
}

TEST(NftForwards, SeveralPortsGoOnWhereTheOnesBeforeEnded) {
  const Table table = table_of(forwards(R"({"name": "f", "listen": "203.0.113.1", "protocol": "udp",
    "ports": ["100-101", 200], "to": "192.168.10.2:1000"})"));
  EXPECT_EQ(table.rows("forward_port4"),
            (Texts{"203.0.113.1 . 17 . 100 : 1000", "203.0.113.1 . 17 . 101 : 1001",
                   "203.0.113.1 . 17 . 200 : 1002"}));
}

TEST(NftForwards, FamiliesHaveTablesOfTheirOwn) {
  const Table table = table_of(forwards(std::string(kSingle) + R"(,
    {"name": "six", "listen": "2001:db8:f::1", "ports": 80, "to": "[2001:db8:10::2]:8080"})"));
  EXPECT_EQ(table.rows("forward_to6"), Texts{"2001:db8:f::1 . 6 . 80 : 2001:db8:10::2"});
  EXPECT_EQ(table.rows("forward_port6"), Texts{"2001:db8:f::1 . 6 . 80 : 8080"});
  EXPECT_EQ(table.set("forward_port4"), nullptr);
  EXPECT_TRUE(holds(table.chain("destination_nat"), "dnat ip6 daddr . l4proto . th dport map @forward_to6"));
}

TEST(NftForwards, ThePortIsTranslatedBeforeTheRestOfTheMapIsAsked) {
  const Texts rules =
      table_of(forwards(std::string(kMoved) + "," + std::string(kRange))).chain("destination_nat");
  const std::string key = "dnat ip daddr . l4proto . th dport map @";
  const std::string ranges = "dnat ip daddr . ct original protocol . th dport map @forward_range4";
  EXPECT_EQ(rules, (Texts{"iif != @managed accept",
                          key + "forward_to4 : ip daddr . l4proto . th dport map @forward_port4",
                          key + "forward_to4", ranges}));
}

TEST(NftForwards, NamedInterfaceMeansItsOwnAddressesOfTheFamily) {
  const Table table =
      table_of(forwards(R"({"name": "f", "listen": "wan", "ports": 80, "to": "192.168.10.2"})"));
  EXPECT_EQ(table.rows("forward_to4"), Texts{"203.0.113.1 . 6 . 80 : 192.168.10.2"});
  EXPECT_EQ(table.set("forward_to6"), nullptr);
}

// One names an interface, the other an address that it has from elsewhere: `check` cannot see that they meet.
Table meeting(std::string_view list) {
  Observed seen = fresh_machine();
  seen.links["wan"].addresses.push_back({*InterfaceAddress::parse("203.0.113.1/24"), false});
  return table_of(
      R"({"version": 1, "interfaces": {"wan": {"zone": "w"}, "lan": {"zone": "l"}}, "nat": {"forwards": [)" +
          std::string(list) + "]}}",
      seen);
}

TEST(NftForwards, WhoComesFirstHasThePort) {
  const Table table = meeting(R"({"name": "a", "listen": "wan", "ports": 80, "to": "192.168.10.2"},
    {"name": "b", "listen": "203.0.113.1", "ports": 80, "to": "192.168.10.3:8080", "source": "198.51.100.7"})");
  EXPECT_EQ(table.rows("forward_to4"), Texts{"203.0.113.1 . 6 . 80 : 192.168.10.2"});
  EXPECT_EQ(table.set("forward_port4"), nullptr);
  EXPECT_EQ(table.set("forward_source4"), nullptr);
}

TEST(NftForwards, WhoComesFirstHasTheRangeAndTheOtherTheRest) {
  const Table table = meeting(R"({"name": "a", "listen": "wan", "ports": "105-109", "to": "192.168.10.2"},
    {"name": "b", "listen": "203.0.113.1", "ports": "100-110", "to": "192.168.10.3"})");
  EXPECT_EQ(table.rows("forward_range4"),
            (Texts{"203.0.113.1 . 6 . 100-104 : 192.168.10.3", "203.0.113.1 . 6 . 105-109 : 192.168.10.2",
                   "203.0.113.1 . 6 . 110 : 192.168.10.3"}));
}

TEST(NftForwards, AThousandAddNoRule) {
  std::string many;
  for (int port = 1; port <= 1000; ++port)
    many += (port == 1 ? "" : ",") + std::string(R"({"name": "f)") + std::to_string(port) +
            R"(", "listen": "203.0.113.1", "ports": )" + std::to_string(port) + R"(, "to": "192.168.10.2"})";
  const Table one = table_of(forwards(kSingle)), thousand = table_of(forwards(many));
  EXPECT_EQ(thousand.rows("forward_to4").size(), 1000u);
  EXPECT_EQ(thousand->chains.size(), one->chains.size());
  for (size_t i = 0; i < one->chains.size(); ++i)
    EXPECT_EQ(thousand->chains[i].rules.size(), one->chains[i].rules.size()) << one->chains[i].name;
}

TEST(NftForwards, ForwardAdmitsOnlyWhatStillGoesItsWay) {
  const Table table = table_of(forwards(kMoved));
  EXPECT_TRUE(holds(table.between(2, 3),
                    "ct original proto-dst . ct reply ip saddr . ct reply proto-src map "
                    "@forward_object4"));
  EXPECT_EQ(table.between(2, 3).back(), "goto drop_policy");
}

constexpr std::string_view kPrivate =
    R"("sets": {"admins": ["198.51.100.7", "2001:db8:fa::/64"]}, "nat": {"forwards": [
  {"name": "a", "listen": "203.0.113.1", "protocol": "tcp", "ports": 22, "to": "192.168.10.2",
   "source": "admins"},
  {"name": "b", "listen": "203.0.113.1", "protocol": "tcp", "ports": "1000-1009", "to": "192.168.10.3",
   "source": ["admins"]}]})";

TEST(NftForwards, SourcesAreAChainThatEndsForStrangersAndIsShared) {
  const Table table = table_of(house(kPrivate));
  EXPECT_EQ(table.rows("forward_source4"), Texts{"203.0.113.1 . 6 . 22 : jump forward_sources4_1"});
  EXPECT_EQ(table.rows("forward_source_range4"),
            Texts{"203.0.113.1 . 6 . 1000-1009 : jump forward_sources4_1"});
  EXPECT_EQ(table.chain("forward_sources4_1"),
            (Texts{"ct original ip saddr @prefixes4_1 return", "goto drop_forward_source"}));
  EXPECT_EQ(table.rows("prefixes4_1"), Texts{"198.51.100.7/32"});
  EXPECT_TRUE(holds(table.chain("arrived"), "vmap @forward_source4"));
}

TEST(NftForwards, SourcesOfTheOtherFamilyOnlyAreNobody) {
  const Table table = table_of(house(R"("sets": {"six": ["2001:db8:fa::/64"]}, "nat": {"forwards": [
    {"name": "a", "listen": "203.0.113.1", "ports": 22, "to": "192.168.10.2", "source": "six"}]})"));
  EXPECT_EQ(table.chain("forward_sources4_1"), Texts{"goto drop_forward_source"});
}

TEST(NftStatic, HostIsARowInEachDirection) {
  const Table table =
      table_of(house(R"("policies": [{"name": "o", "from": "lan", "to": "internet", "action": "accept"}],
    "nat": {"static": [{"name": "mail", "outside": "203.0.113.5", "inside": "192.168.10.5"}]})"));
  EXPECT_EQ(table.rows("static_to4"), Texts{"203.0.113.5 : 192.168.10.5"});
  EXPECT_TRUE(holds(table.chain("destination_nat"), "dnat ip daddr map @static_to4"));
  EXPECT_TRUE(holds(table.source_nat(2, 1), "snat ip saddr map @static_from"));
}

TEST(NftStatic, PrefixKeepsTheHostPart) {
  const Table table = table_of(house(R"("nat": {"static": [
    {"name": "net", "outside": "198.51.100.0/28", "inside": "192.168.10.16/28"},
    {"name": "six", "outside": "2001:db8:5::/64", "inside": "2001:db8:10:5::/64"}]})"));
  const Texts rules = table.chain("destination_nat");
  EXPECT_TRUE(holds(rules, "dnat ip daddr map { 198.51.100.0/28 : 192.168.10.16/28 } netmap"));
  EXPECT_TRUE(holds(rules, "dnat ip6 daddr map { 2001:db8:5::/64 : 2001:db8:10:5::/64 } netmap"));
  EXPECT_EQ(table.set("static_to4"), nullptr);
}

}   // namespace
}   // namespace sluice::test
