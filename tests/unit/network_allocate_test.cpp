// SPDX-License-Identifier: GPL-2.0-or-later
// What networks are given, and that it stays theirs.
#include <gmock/gmock.h>

#include "network/allocate.hpp"
#include "network/allotment_book.hpp"
#include "network/free_space.hpp"
#include "network/mtus.hpp"

namespace sluice {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int64_t kNowOfAllotments = 1'800'000'000;

Document empty_gateway() {
  Document document;
  document.wireguard.subnets = *Prefix::parse("10.100.0.0/16");
  document.wireguard.subnets6 = *Prefix::parse("fd00:100::/48");
  return document;
}

Network network_called(std::string name, uint16_t users = 6) {
  Network made;
  made.name = made.zone = made.vrf = std::move(name);
  made.expected_users = users;
  made.line = 7;
  return made;
}

NetworkEndpoint endpoint_called(std::string name) {
  NetworkEndpoint made;
  made.name = std::move(name);
  return made;
}

Document containing(std::vector<Network> networks) {
  Document document = empty_gateway();
  document.networks = std::move(networks);
  return document;
}

// The document complete, and what is allotted then.
std::pair<Document, Allotments> allot(Document document, const Allotments& known = {},
                                      const std::vector<TakenNetwork>& taken = {},
                                      int64_t now = kNowOfAllotments) {
  auto given = allocate(document, known, taken, now);
  EXPECT_TRUE(given) << given.error().message;
  return {std::move(document), given ? *given : Allotments{}};
}

std::string complaint_about(Document document, const Allotments& known = {},
                            const std::vector<TakenNetwork>& taken = {}) {
  const auto given = allocate(document, known, taken, kNowOfAllotments);
  EXPECT_FALSE(given);
  return given ? "" : given.error().message;
}

std::string subnet_of(const Document& document, size_t i) { return document.networks[i].subnet->to_string(); }

TEST(Allocate, SubnetsHaveRoomForTheUsersThatAreExpected) {
  const std::pair<uint32_t, int> kLengths[] = {{1, 31},  {2, 30},   {3, 29},   {6, 29},  {7, 28},
                                               {14, 28}, {15, 27},  {30, 27},  {31, 26}, {62, 26},
                                               {63, 25}, {126, 25}, {127, 24}, {254, 24}};
  for (const auto& [users, length] : kLengths) EXPECT_EQ(subnet_length(users), length) << users;
}

TEST(Allocate, EachNetworkHasItsOwnNumbers) {
  const auto [document, given] = allot(containing({network_called("a"), network_called("b", 20)}));
  const Network &a = document.networks[0], &b = document.networks[1];
  EXPECT_EQ(subnet_of(document, 0), "10.100.0.0/29");
  EXPECT_EQ(subnet_of(document, 1), "10.100.0.32/27");
  EXPECT_EQ(a.subnet6->to_string(), "fd00:100::/64");
  EXPECT_EQ(b.subnet6->to_string(), "fd00:100:0:1::/64");
  EXPECT_EQ(a.port, 51820);
  EXPECT_EQ(b.port, 51821);
  EXPECT_NE(a.vcid, b.vcid);
  EXPECT_GE(*a.vcid, 10'000'000u);
  EXPECT_LE(*a.vcid, 99'999'999u);
  EXPECT_NE(a.table, b.table);
  EXPECT_EQ(a.device, "wg-a");
}

TEST(Allocate, WhatIsGivenStaysWhateverComesBeforeIt) {
  const auto [first, given] = allot(containing({network_called("late")}));
  const auto [second, again] = allot(containing({network_called("early"), network_called("late")}), given);
  EXPECT_EQ(second.networks[1].subnet, first.networks[0].subnet);
  EXPECT_EQ(second.networks[1].port, first.networks[0].port);
  EXPECT_EQ(second.networks[1].vcid, first.networks[0].vcid);
  EXPECT_NE(second.networks[0].subnet, first.networks[0].subnet);
}

TEST(Allocate, WhatIsFreedIsNotGivenToOthersAtOnce) {
  const auto [first, given] = allot(containing({network_called("old")}));
  const auto [none, freed] = allot(containing({}), given);
  EXPECT_EQ(freed.at({"old", "", "port"}).freed, kNowOfAllotments);
  const auto [soon, soon_given] =
      allot(containing({network_called("new")}), freed, {}, kNowOfAllotments + kRestSeconds - 1);
  EXPECT_EQ(soon.networks[0].port, 51821);
  EXPECT_EQ(subnet_of(soon, 0), "10.100.0.8/29");
  const auto [late, late_given] =
      allot(containing({network_called("new")}), freed, {}, kNowOfAllotments + kRestSeconds);
  EXPECT_EQ(late.networks[0].port, 51820);
  const auto [back, back_given] = allot(containing({network_called("old")}), freed);
  EXPECT_EQ(back.networks[0].port, 51820) << "its own comes back to it at once";
}

TEST(Allocate, ClientsAreToldTheMtuThatTheyWereToldFirst) {
  Document document = containing({network_called("home"), network_called("office")});
  document.networks[1].mtu = 1300;
  Allotments given;
  keep_mtus(document, {}, 1492, given);
  EXPECT_EQ(document.networks[0].told_mtu, 1412u);
  EXPECT_EQ(document.networks[1].told_mtu, 1300u) << "the document's";
  keep_mtus(document, given, 9000, given);
  EXPECT_EQ(document.networks[0].told_mtu, 1412u) << "the default route moved";
  document.networks[0].mtu = 1280;
  keep_mtus(document, given, 9000, given);
  EXPECT_EQ(document.networks[0].told_mtu, 1280u);
}

TEST(Allocate, WhatRestsIsGivenBeforeAnybodyIsRefused) {
  Document document = containing({network_called("old")});
  document.wireguard.ports = {51820, 51820};
  const auto [first, given] = allot(document);
  document.networks[0].name = "new";
  const auto [second, again] = allot(document, given);
  EXPECT_EQ(second.networks[0].port, 51820);
}

TEST(Allocate, AFullPoolSaysWhoHasWhat) {
  Document document = containing({network_called("a"), network_called("b")});
  document.wireguard.ports = {51820, 51820};
  EXPECT_THAT(complaint_about(document),
              AllOf(HasSubstr("network \"b\" (line 7): no port is left of 51820-51820"),
                    HasSubstr("51820 of network \"a\" (line 7)")));
  document = containing({network_called("a", 254), network_called("b", 2)});
  document.wireguard.subnets = *Prefix::parse("10.9.0.0/24");
  EXPECT_THAT(complaint_about(document),
              HasSubstr("network \"b\" (line 7): no subnet of length 30 is left in 10.9.0.0/24"));
}

TEST(Allocate, WhatTheMachineHasIsNotGiven) {
  const std::vector<TakenNetwork> taken{{*Prefix::parse("10.100.0.0/17"), "eth0 has 10.100.3.1/17"}};
  const auto [document, given] = allot(containing({network_called("a")}), {}, taken);
  EXPECT_EQ(subnet_of(document, 0), "10.100.128.0/29");
  Network said = network_called("a");
  said.subnet = Prefix::parse("10.100.3.0/24");
  EXPECT_THAT(complaint_about(containing({said}), {}, taken),
              AllOf(HasSubstr("network \"a\" (line 7): subnet 10.100.3.0/24 overlaps 10.100.0.0/17"),
                    HasSubstr("eth0 has 10.100.3.1/17")));
}

TEST(Allocate, WhatARouteLeadsToIsNotGiven) {
  const std::vector<TakenNetwork> taken{{*Prefix::parse("10.100.0.0/24"),
                                         "the main routing table has 10.100.0.0/24 via 192.0.2.9 dev eth0",
                                         true}};
  const auto [document, given] = allot(containing({network_called("a")}), {}, taken);
  EXPECT_EQ(subnet_of(document, 0), "10.100.1.0/29");
  Network said = network_called("a");
  said.subnet = Prefix::parse("10.100.0.64/26");
  EXPECT_THAT(
      complaint_about(containing({said}), {}, taken),
      HasSubstr("network \"a\" (line 7): subnet 10.100.0.64/26 overlaps 10.100.0.0/24: the main routing "
                "table has 10.100.0.0/24 via 192.0.2.9 dev eth0"));
}

TEST(Allocate, ARouteThatComesLaterTakesNoSubnetFromWhoHasIt) {
  Network said = network_called("a");
  said.subnet = Prefix::parse("10.100.0.64/26");
  const auto [before, given] = allot(containing({said, network_called("b")}));
  const std::vector<TakenNetwork> taken{{*Prefix::parse("10.100.0.0/16"), "a route", true}};
  const Document document = containing({said, network_called("b")});
  const auto [after, again] = allot(document, given, taken);
  EXPECT_EQ(subnet_of(after, 0), subnet_of(before, 0));
  EXPECT_EQ(subnet_of(after, 1), subnet_of(before, 1));
  said.subnet = Prefix::parse("10.100.0.128/26");
  EXPECT_THAT(complaint_about(containing({said}), given, taken), HasSubstr("a route"));
}

TEST(Allocate, WhatADocumentSaysIsNotTakenFromWhoHasIt) {
  const auto [first, given] = allot(containing({network_called("a")}));
  Network b = network_called("b");
  b.port = 51820;
  EXPECT_THAT(complaint_about(containing({network_called("a"), b}), given),
              HasSubstr("network \"a\" (line 7): port 51820 is that of network \"b\" (line 7)"));
}

// As when the cluster refused it, and another node added another one since.
TEST(Allocate, WhatWasGivenBackIsNotHadAgainWhereItIsAnothers) {
  Network old = network_called("old");
  old.endpoints = {endpoint_called("phone")};
  const auto [first, given] = allot(containing({old}));
  const auto [none, freed] = allot(containing({}), given);
  Network other = first.networks[0];
  other.name = other.zone = other.vrf = "other";
  other.device = other.bridge = "";
  const auto [both, again] = allot(containing({old, other}), freed);
  const Network &a = both.networks[0], &b = both.networks[1];
  EXPECT_EQ(b.subnet, first.networks[0].subnet);
  EXPECT_FALSE(a.subnet->overlaps(*b.subnet));
  EXPECT_FALSE(a.subnet6->overlaps(*b.subnet6));
  EXPECT_NE(a.port, b.port);
  EXPECT_NE(a.vcid, b.vcid);
  EXPECT_NE(a.table, b.table);
  const std::vector<TakenNetwork> taken{{*first.networks[0].subnet, "a route", true}};
  EXPECT_NE(subnet_of(allot(containing({old}), freed, taken).first, 0), subnet_of(first, 0))
      << "a route came";
}

TEST(Allocate, WhoStayedKeepsItsAddressWhenSomebodyComesBack) {
  Network home = network_called("home", 6);
  home.endpoints = {endpoint_called("phone"), endpoint_called("tablet")};
  const Allotments known{{{"home", "phone", "address"}, {"10.100.0.2", kNowOfAllotments}},
                         {{"home", "tablet", "address"}, {"10.100.0.2", 0}}};
  const auto [document, given] = allot(containing({home}), known);
  EXPECT_EQ(document.networks[0].endpoints[1].address->to_string(), "10.100.0.2");
  EXPECT_EQ(document.networks[0].endpoints[0].address->to_string(), "10.100.0.3");
}

TEST(Allocate, EndpointsGetTheSameNumberInBothFamilies) {
  Network home = network_called("home", 2);
  home.endpoints = {endpoint_called("phone"), endpoint_called("laptop")};
  const auto [document, given] = allot(containing({home}));
  const auto& endpoints = document.networks[0].endpoints;
  EXPECT_EQ(endpoints[0].address->to_string(), "10.100.0.2");
  EXPECT_EQ(endpoints[0].address6->to_string(), "fd00:100::2");
  EXPECT_EQ(endpoints[1].address->to_string(), "10.100.0.3") << "a /30 serves two";
}

TEST(Allocate, ASingleUserHasTheOtherHalfOfThirtyOneBits) {
  Network home = network_called("home", 1);
  home.endpoints = {endpoint_called("phone")};
  const auto [document, given] = allot(containing({home}));
  EXPECT_EQ(subnet_of(document, 0), "10.100.0.0/31");
  EXPECT_EQ(gateway_address(*document.networks[0].subnet).to_string(), "10.100.0.0");
  EXPECT_EQ(document.networks[0].endpoints[0].address->to_string(), "10.100.0.1");
}

TEST(Allocate, WhereTheGatewayHasAnotherAddressTheFirstIsAnEndpoints) {
  Network home = network_called("home");
  home.subnet = *Prefix::parse("10.100.0.0/29");
  home.address = IpAddress::parse("10.100.0.2");
  home.endpoints = {endpoint_called("hub"), endpoint_called("other")};
  const auto [document, given] = allot(containing({home}));
  EXPECT_EQ(document.networks[0].endpoints[0].address->to_string(), "10.100.0.1");
  EXPECT_EQ(document.networks[0].endpoints[1].address->to_string(), "10.100.0.3");
}

TEST(Allocate, AnAddressThatIsFreedRests) {
  Network home = network_called("home");
  home.endpoints = {endpoint_called("phone")};
  const auto [first, given] = allot(containing({home}));
  home.endpoints = {endpoint_called("tablet")};
  const auto [second, again] = allot(containing({home}), given);
  EXPECT_EQ(second.networks[0].endpoints[0].address->to_string(), "10.100.0.3");
}

TEST(Allocate, AFullSubnetRefusesTheNext) {
  Network home = network_called("home");
  home.subnet = Prefix::parse("10.100.0.0/30");
  home.endpoints = {endpoint_called("a"), endpoint_called("b"), endpoint_called("c")};
  EXPECT_THAT(complaint_about(containing({home})),
              HasSubstr("endpoint \"c\" (line 0) of network \"home\": no address is left"));
}

TEST(Allocate, LongNamesGetDevicesOfTheirOwn) {
  const auto [document, given] =
      allot(containing({network_called("customer-of-berlin"), network_called("customer-of-bern")}));
  EXPECT_EQ(document.networks[0].device, "wg-customer-of-");
  EXPECT_EQ(document.networks[1].device, "wg-customer-o-2");
}

}   // namespace
}   // namespace sluice
