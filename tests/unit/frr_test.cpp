// SPDX-License-Identifier: GPL-2.0-or-later
// What FRR's bgpd is told, how that changes while it runs, and what its answers mean.
#include <gmock/gmock.h>

#include <algorithm>

#include "frr/bgp_answers.hpp"
#include "frr/bgp_config.hpp"
#include "frr/config_changes.hpp"
#include "frr/routers_of.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::ip;
using test::net;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};

RouterNeighbour neighbour(std::string name, const char* address, uint32_t asn, std::vector<Prefix> routes) {
  return {.endpoint = std::move(name),
          .address = ip(address),
          .address6 = {},
          .asn = asn,
          .maximum_prefixes = 100,
          .routes = std::move(routes)};
}

Router two_sites() {
  Router router;
  router.network = "sites";
  router.asn = 65'001;
  router.address = ip("10.100.0.1");
  router.announced = {net("10.100.0.0/29")};
  router.neighbours = {neighbour("berlin", "10.100.0.2", 65'010, {net("10.2.0.0/16")}),
                       neighbour("paris", "10.100.0.3", 65'001, {net("10.3.0.0/16"), net("10.9.0.1/32")})};
  return router;
}

std::vector<std::string> commands(const Router& before, const Router& after) {
  const auto changes = config_changes(bgp_config(before), bgp_config(after));
  return changes ? changes->commands : std::vector<std::string>{"anew"};
}

TEST(BgpConfig, TakesFromASiteWhatIsBehindItAndNothingElse) {
  const std::string text = bgp_config(two_sites());
  EXPECT_THAT(text, HasSubstr("ip prefix-list of-berlin permit 10.2.0.0/16 le 32\n"));
  EXPECT_THAT(text, HasSubstr("ip prefix-list of-paris permit 10.9.0.1/32\n"));
  EXPECT_THAT(text, HasSubstr("  neighbor 10.100.0.2 prefix-list of-berlin in\n"));
}

// A list of FRR's without a line lets everything pass.
TEST(BgpConfig, HasNoEmptyFilter) {
  Router router = two_sites();
  router.neighbours[0].routes.clear();
  const std::string text = bgp_config(router);
  EXPECT_THAT(text, HasSubstr("ip prefix-list of-berlin seq 1 deny 255.255.255.255/32\n"));
  EXPECT_THAT(text, HasSubstr("ipv6 prefix-list of-berlin seq 1 deny ::1/128\n"));
  EXPECT_THAT(text, Not(HasSubstr("of-berlin permit")));
}

TEST(BgpConfig, ReflectsAmongSitesOfItsOwnNumberAndHidesTheNumbersOfOthers) {
  const std::string text = bgp_config(two_sites());
  EXPECT_THAT(text, HasSubstr("  neighbor 10.100.0.2 as-override\n"));
  EXPECT_THAT(text, HasSubstr("  neighbor 10.100.0.3 route-reflector-client\n"));
  EXPECT_THAT(text, Not(HasSubstr("10.100.0.3 as-override")));
}

// Without it bgpd closes what it accepts from a VRF.
TEST(BgpConfig, NamesTheDeviceThatSessionsAreBoundTo) {
  Router router = two_sites();
  EXPECT_THAT(bgp_config(router), Not(HasSubstr("interface")));
  router.vrf_device = "sites";
  EXPECT_THAT(bgp_config(router), HasSubstr("\ninterface sites\nexit\n"));
  EXPECT_THAT(commands(two_sites(), router), ElementsAre("anew"));
}

TEST(ConfigChanges, NothingWhereNothingChanges) {
  EXPECT_THAT(commands(two_sites(), two_sites()), IsEmpty());
}

TEST(ConfigChanges, AnotherSiteTouchesNobodyElse) {
  Router more = two_sites();
  more.neighbours.push_back(neighbour("rome", "10.100.0.4", 65'010, {net("10.4.0.0/16")}));
  const auto made = commands(two_sites(), more);
  EXPECT_THAT(made, Contains(" neighbor 10.100.0.4 remote-as 65010").Times(0));
  EXPECT_THAT(made, Contains("neighbor 10.100.0.4 remote-as 65010"));
  EXPECT_THAT(made, Not(Contains(HasSubstr("10.100.0.2"))));
  EXPECT_THAT(made, Not(Contains(StartsWith("no "))));
  EXPECT_THAT(made.front(), StartsWith("ip prefix-list of-rome"));   // before who is judged by it
}

TEST(ConfigChanges, OfASiteThatGoesNothingIsSaidLineByLine) {
  Router less = two_sites();
  less.neighbours.erase(less.neighbours.begin());
  const auto made = commands(two_sites(), less);
  EXPECT_THAT(made, Contains("no neighbor 10.100.0.2"));
  EXPECT_THAT(made, Not(Contains(StartsWith("no neighbor 10.100.0.2 "))));
  EXPECT_EQ(made.back(),
            "no ipv6 prefix-list of-berlin seq 1 deny ::1/128");   // the filter after the session
}

TEST(ConfigChanges, ASiteOfAnotherNumberIsANewOne) {
  Router other = two_sites();
  other.neighbours[0].asn = 65'011;
  const auto made = commands(two_sites(), other);
  EXPECT_THAT(made, Contains("no neighbor 10.100.0.2"));
  EXPECT_THAT(made, Contains("neighbor 10.100.0.2 prefix-list of-berlin in"));
  EXPECT_THAT(made, Contains("neighbor 10.100.0.2 passive"));
}

TEST(ConfigChanges, AfterAnotherFilterWhatCameInIsJudgedAgain) {
  Router other = two_sites();
  other.neighbours[0].routes = {net("10.2.0.0/24")};
  const auto changes = config_changes(bgp_config(two_sites()), bgp_config(other));
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->commands, ElementsAre("ip prefix-list of-berlin permit 10.2.0.0/24 le 32",
                                             "no ip prefix-list of-berlin permit 10.2.0.0/16 le 32"));
  EXPECT_THAT(changes->afterwards, ElementsAre("clear bgp ipv4 unicast 10.100.0.2 soft in"));
}

TEST(ConfigChanges, AnotherNumberOrAddressOfTheGatewayNeedsAnotherProcess) {
  Router number = two_sites(), address = two_sites();
  number.asn = 65'002;
  address.address = ip("10.100.0.9");
  EXPECT_THAT(commands(two_sites(), number), ElementsAre("anew"));
  EXPECT_THAT(commands(two_sites(), address), ElementsAre("anew"));
}

constexpr std::string_view kSummary = R"json({"ipv4Unicast": {"peers": {
  "10.100.0.2": {"state": "Established"}, "10.100.0.3": {"state": "Idle (PfxCt)"},
  "10.100.0.9": {"state": "Established"}}}})json";

TEST(BgpAnswers, AreStatesAndPrefixes) {
  constexpr std::string_view kRoutes = R"json({"routes": {
    "10.2.0.0/24": [{"valid": true, "peerId": "10.100.0.2"}],
    "10.100.0.0/29": [{"valid": true, "peerId": "(unspec)"}]}})json";
  const auto state = read_bgp_answers(two_sites(), kSummary, kRoutes, "{}");
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_THAT(state->accepted, ElementsAre(net("10.2.0.0/24")));
  EXPECT_EQ(state->neighbours.at("berlin"), (NeighbourState{"established", 1}));
  EXPECT_EQ(state->neighbours.at("paris").state, "too-many-prefixes");
  EXPECT_EQ(state->neighbours.size(), 2u);
}

TEST(BgpAnswers, OfTwoSessionsTheBetterOneIsToldUnlessOneWentWrong) {
  Router router = two_sites();
  router.neighbours[0].address6 = ip("fd00:100::2");
  router.neighbours[1].address6 = ip("fd00:100::3");
  constexpr std::string_view kBoth = R"json({
    "ipv4Unicast": {"peers": {"10.100.0.2": {"state": "Active"}, "10.100.0.3": {"state": "Idle (PfxCt)"}}},
    "ipv6Unicast": {"peers": {"fd00:100::2": {"state": "Established"},
                              "fd00:100::3": {"state": "Established"}}}})json";
  const auto state = read_bgp_answers(router, kBoth, "{}", "{}");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->neighbours.at("berlin").state, "established");
  EXPECT_EQ(state->neighbours.at("paris").state, "too-many-prefixes");
}

// The filters of bgpd are not what isolation rests on.
TEST(BgpAnswers, APrefixOfAnotherSiteIsNoneWhateverBgpdSays) {
  const auto state = read_bgp_answers(two_sites(), kSummary, R"({"routes": {
    "10.3.0.0/24": [{"valid": true, "peerId": "10.100.0.2"}],
    "0.0.0.0/0": [{"valid": true, "peerId": "10.100.0.2"}],
    "10.2.1.0/24": [{"valid": false, "peerId": "10.100.0.2"}]}})",
                                      "{}");
  ASSERT_TRUE(state);
  EXPECT_THAT(state->accepted, IsEmpty());
}

TEST(BgpAnswers, WhatIsNoAnswerIsAFailure) {
  EXPECT_FALSE(read_bgp_answers(two_sites(), "% Unknown command", "{}", "{}"));
  EXPECT_FALSE(read_bgp_answers(two_sites(), "{}", R"({"routes")", "{}"));
  for (const char* strange : {"[]", "3", R"({"routes": 3})", R"({"routes": {"10.2.0.0/24": [3]}})"})
    EXPECT_TRUE(read_bgp_answers(two_sites(), strange, strange, "{}")) << strange;
}

TEST(RoutersOf, AreOfNetworksThatHaveAProtocolWithTheSitesThatTakePart) {
  Document document;
  Network network = test::home();
  network.type = NetworkType::kL3vpn;
  network.subnet = net("10.100.0.0/29");
  network.endpoints = {test::phone(), test::phone()};
  network.endpoints[1].disabled = true;
  document.networks = {network};
  EXPECT_THAT(routers_of(document, false, kNow), IsEmpty());
  document.networks[0].routing = {RoutingProtocol::kBgp, 65'001};
  document.networks[0].endpoints[0].asn = 65'010;
  const auto routers = routers_of(document, true, kNow);
  ASSERT_EQ(routers.size(), 1u);
  EXPECT_EQ(routers[0].vrf_device, network.vrf);
  EXPECT_EQ(routers[0].address, ip("10.100.0.1"));
  ASSERT_EQ(routers[0].neighbours.size(), 1u);
  EXPECT_EQ(routers[0].neighbours[0].asn, 65'010u);
}

}   // namespace
}   // namespace sluice
