// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemons of FRR that speak OSPF with one site are told, and what their answers mean.
#include <gmock/gmock.h>

#include "frr/config_changes.hpp"
#include "frr/ospf_answers.hpp"
#include "frr/ospf_config.hpp"
#include "frr/router_protocol.hpp"
#include "frr/routers_of.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::ip;
using test::net;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kBerlinIsFull = R"({"neighbors": {"10.100.0.2": [
  {"state": "Full/-", "address": "10.100.0.2", "ifaceName": "site:10.100.0.1"}]}})";

Router ospf_with_berlin() {
  Router router;
  router.name = "sites:berlin";
  router.network = "sites";
  router.protocol = RoutingProtocol::kOspf;
  router.device = "wg-sites";
  router.address = ip("10.100.0.1");
  router.announced = {net("10.100.0.0/29"), net("fd00:100::/64")};
  router.neighbours = {{.endpoint = "berlin",
                        .address = ip("10.100.0.2"),
                        .address6 = {},
                        .asn = 0,
                        .maximum_prefixes = 2,
                        .routes = {net("10.2.0.0/16"), net("2001:db8:2::/48")}}};
  return router;
}

std::string routes_by(std::initializer_list<const char*> prefixes, const char* hop = "10.100.0.2") {
  std::string text = "{";
  for (const char* prefix : prefixes)
    text += std::string(text.size() > 1 ? "," : "") + "\"" + prefix +
            R"(": {"routeType": "N E2", "nexthops": [{"ip": ")" + hop + R"(", "via": "site"}]})";
  return text + "}";
}

TEST(OspfConfig, AnnouncesByStaticRoutesThatComeFirst) {
  const std::string text = ospf_config(ospf_with_berlin());
  EXPECT_THAT(text, HasSubstr("\nip route 10.100.0.0/29 blackhole\nlog "));
  EXPECT_THAT(text, HasSubstr(" ospf router-id 10.100.0.1\n redistribute static\n"));
  EXPECT_THAT(text, Not(HasSubstr("fd00"))) << "OSPFv2 has no IPv6";
}

TEST(OspfConfig, AnotherAnnouncementIsACommandAndAnotherAreaIsNotForStaticd) {
  Router more = ospf_with_berlin(), area = more, moved = more;
  more.announced = {net("10.3.0.0/24")};
  const auto changes = config_changes(ospf_config(ospf_with_berlin()), ospf_config(more));
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->commands,
              ElementsAre("ip route 10.3.0.0/24 blackhole", "no ip route 10.100.0.0/29 blackhole"));
  EXPECT_THAT(changes->afterwards, IsEmpty());
  moved.neighbours[0].address = ip("10.100.0.3");
  EXPECT_FALSE(config_changes(ospf_config(ospf_with_berlin()), ospf_config(moved)));
}

TEST(OspfAnswers, AreTheStateAndWhatIsBehindTheSite) {
  const auto state =
      read_ospf_answers(ospf_with_berlin(), kBerlinIsFull, routes_by({"10.2.0.0/24", "10.3.0.0/24"}));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_THAT(state->accepted, ElementsAre(net("10.2.0.0/24"), net("2001:db8:2::/48")));
  EXPECT_EQ(state->neighbours.at("berlin"), (NeighbourState{"full", 2}));
}

TEST(OspfAnswers, OfWhoAnnouncesTooMuchNothingIsAccepted) {
  const auto state = read_ospf_answers(ospf_with_berlin(), kBerlinIsFull,
                                       routes_by({"10.2.0.0/24", "10.3.0.0/24", "0.0.0.0/0"}));
  ASSERT_TRUE(state);
  EXPECT_THAT(state->accepted, IsEmpty());
  EXPECT_EQ(state->neighbours.at("berlin"), (NeighbourState{"too-many-prefixes", 0}));
}

TEST(OspfAnswers, WithoutAnAdjacencyThereIsNothing) {
  for (const char* neighbours : {"{}", R"({"neighbors": {}})", R"({"neighbors": {"10.100.0.9": [
         {"state": "Full/-", "address": "10.100.0.9"}]}})"}) {
    const auto state = read_ospf_answers(ospf_with_berlin(), neighbours, routes_by({"10.2.0.0/24"}));
    ASSERT_TRUE(state);
    EXPECT_THAT(state->accepted, IsEmpty());
    EXPECT_EQ(state->neighbours.at("berlin").state, "down");
  }
}

TEST(OspfAnswers, ARouteThatDoesNotLeadToTheSiteIsNone) {
  const auto state = read_ospf_answers(ospf_with_berlin(), kBerlinIsFull, routes_by({"10.2.0.0/24"}, " "));
  ASSERT_TRUE(state);
  EXPECT_THAT(state->accepted, ElementsAre(net("2001:db8:2::/48")));
}

TEST(OspfAnswers, WhatIsNoAnswerIsAFailure) {
  EXPECT_FALSE(read_ospf_answers(ospf_with_berlin(), "% Unknown command", "{}"));
  EXPECT_FALSE(read_ospf_answers(ospf_with_berlin(), kBerlinIsFull, R"({"10.2)"));
  EXPECT_FALSE(read_ospf_answers(ospf_with_berlin(), R"({"neighbors": {"1": [3]}})", "{}"));
}

TEST(RoutersOf, WithOspfAreOneForEachSite) {
  Document document;
  Network network = test::home();
  network.type = NetworkType::kL3vpn;
  network.subnet = net("10.100.0.0/29");
  network.routing.protocol = RoutingProtocol::kOspf;
  network.endpoints = {test::phone(), test::phone(), test::phone()};
  network.endpoints[1].name = "other";
  network.endpoints[2].address.reset();   // OSPF is of IPv4
  document.networks = {network};
  const auto routers = routers_of(document, false, {});
  ASSERT_EQ(routers.size(), 2u);
  EXPECT_EQ(routers[1].name, network.name + ":other");
  EXPECT_EQ(routers[1].neighbours.size(), 1u);
  EXPECT_EQ(routers[1].device, network.device);
  EXPECT_EQ(router_title(routers[1].name), "ospfd of network \"" + network.name + "\" for \"other\"");
}

TEST(RoutersOf, ASiteIsToldWhatTheOthersOfItsNetworkAnnounced) {
  const RouterStates states = {{"sites:berlin", {{}, {net("10.2.0.0/24")}}},
                               {"sites:paris", {{{"paris", {"full", 1}}}, {net("10.3.0.0/24")}}},
                               {"other:rome", {{}, {net("10.4.0.0/24")}}}};
  EXPECT_THAT(with_others(ospf_with_berlin(), states).announced,
              testing::UnorderedElementsAre(net("10.100.0.0/29"), net("fd00:100::/64"), net("10.3.0.0/24")));
  const RouterStates merged = by_network(states);
  EXPECT_THAT(merged.at("sites").accepted, ElementsAre(net("10.2.0.0/24"), net("10.3.0.0/24")));
  EXPECT_EQ(merged.at("sites").neighbours.at("paris").state, "full");
}

}   // namespace
}   // namespace sluice
