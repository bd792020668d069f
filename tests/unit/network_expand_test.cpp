// SPDX-License-Identifier: GPL-2.0-or-later
// What a network means as a document without networks.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <algorithm>

#include "network_expand_fixture.hpp"

namespace sluice {
namespace {

using test::device_in;
using test::expanded;
using test::gateway_with;
using test::home;
using test::key_of;
using test::kToday;
using test::net;
using test::out_by;
using test::phone;
using test::policy_called;
using test::secure_internet;
using test::wireguard_in;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Expand, ANetworkIsAnInterfaceInAVrfOfItsOwn) {
  const Document document = expanded(secure_internet());
  EXPECT_EQ(device_in(document).name, "wg-home");
  EXPECT_EQ(device_in(document).zone, "home");
  EXPECT_EQ(device_in(document).vrf, "home");
  EXPECT_EQ(device_in(document).addresses.front().to_string(), "10.100.0.1/32");
  EXPECT_THAT(device_in(document).behind, ElementsAre(net("10.100.0.0/29"), net("2001:db8:100::/64")));
  EXPECT_EQ(document.vrfs.back().table, 20'000);
  EXPECT_TRUE(document.zones[2].isolated);
  EXPECT_EQ(wireguard_in(document).tunnel.port, 51820);
  EXPECT_EQ(wireguard_in(document).tunnel.peers.at(key_of(9)).allowed,
            (std::set<Prefix>{net("10.100.0.2/32"), net("2001:db8:100::2/128")}));
}

TEST(Expand, TheInternetIsReachedByTheZoneOfTheDefaultRoute) {
  const Document document = expanded(secure_internet());
  const Policy* out = policy_called(document, "network:home");
  ASSERT_TRUE(out);
  EXPECT_THAT(out->to, ElementsAre("internet"));
  EXPECT_THAT(out->source.prefixes, ElementsAre(net("10.100.0.2/32"), net("2001:db8:100::2/128")));
  ASSERT_EQ(document.masquerades.size(), 1u);
  EXPECT_TRUE(document.masquerades[0].ipv6);
  EXPECT_LT(policy_called(document, "network:home private"), out) << "the first that matches counts";
}

TEST(Expand, OrByTheOneThatTheDocumentNames) {
  Network network = secure_internet();
  network.internet = "lan";
  EXPECT_THAT(policy_called(expanded(network), "network:home")->to, ElementsAre("lan"));
}

TEST(Expand, WithoutAWayOutThatIsSaid) {
  Document document = gateway_with(secure_internet());
  EXPECT_THAT(expand(document, {}, out_by(""), kToday), ElementsAre(HasSubstr("no default route")));
  EXPECT_EQ(policy_called(document, "network:home"), nullptr);
}

TEST(Expand, PrivateNetworksThatTheMachineIsInAreReached) {
  WayOut way = out_by("internet");
  way.near["internet"] = {net("192.168.1.0/24")};
  const Document document = expanded(secure_internet(), way);
  const Policy* near = policy_called(document, "network:home near");
  ASSERT_TRUE(near);
  EXPECT_THAT(near->destination.prefixes, ElementsAre(net("192.168.1.0/24")));
  EXPECT_LT(near, policy_called(document, "network:home private"));
}

TEST(Expand, WhoIsOutHasNeitherPeerNorPolicy) {
  Network network = secure_internet();
  network.endpoints[0].disabled = true;
  const Document disabled = expanded(network);
  EXPECT_THAT(wireguard_in(disabled).tunnel.peers, IsEmpty());
  EXPECT_EQ(policy_called(disabled, "network:home"), nullptr);
  network.endpoints[0].disabled = false;
  network.endpoints[0].expires = kToday;
  EXPECT_THAT(wireguard_in(expanded(network)).tunnel.peers, IsEmpty());
  network.endpoints[0].expires = kToday + std::chrono::seconds(1);
  EXPECT_EQ(wireguard_in(expanded(network)).tunnel.peers.size(), 1u);
}

TEST(Expand, PeersMayTalkWhereItIsSaid) {
  Network network = secure_internet();
  network.peers_may_talk = true;
  EXPECT_FALSE(expanded(network).zones[2].isolated);
}

TEST(Expand, ResourcesAreAllThatIsReached) {
  Network network = secure_internet();
  network.type = NetworkType::kRemoteResource;
  network.resources = {
      {.to = {.prefixes = {net("192.168.10.0/24")}, .sets = {}}, .protocols = {}, .ports = {}},
      {.to = {.prefixes = {net("192.168.20.5/32")}, .sets = {}},
       .protocols = {IPPROTO_TCP},
       .ports = {{443, 443}}}};
  const Document document = expanded(network);
  EXPECT_THAT(policy_called(document, "network:home")->destination.prefixes,
              ElementsAre(net("192.168.10.0/24")));
  EXPECT_THAT(policy_called(document, "network:home resource 2")->ports, ElementsAre(PortRange{443, 443}));
  EXPECT_EQ(policy_called(document, "network:home gateway"), nullptr);
  std::vector<Prefix> routes;
  for (const VrfRoute& route : document.vrfs.back().routes) routes.push_back(route.to);
  EXPECT_THAT(routes, ElementsAre(net("192.168.10.0/24"), net("192.168.20.5/32")));
}

TEST(Expand, AnEndpointsBandwidthIsALimitInEachDirection) {
  Network network = secure_internet();
  network.endpoints[0].maximum = 50'000'000;
  const Document document = expanded(network);
  ASSERT_EQ(document.limits.size(), 2u);
  EXPECT_EQ(document.limits[0].name, "endpoint:home/phone up");
  EXPECT_EQ(document.limits[1].direction, LimitDirection::kReply);
}

TEST(Expand, TheTunnelLeavesRoomForItself) {
  EXPECT_EQ(wireguard_in(expanded(secure_internet())).mtu, 1420u) << "the fixture says so";
  Network network = secure_internet();
  network.mtu.reset();
  WayOut way = out_by("internet");
  way.mtu = 1492;
  EXPECT_EQ(wireguard_in(expanded(network, way)).mtu, 1412u);
  way.mtu = 1300;
  EXPECT_EQ(wireguard_in(expanded(network, way)).mtu, 1280u);
}

TEST(Expand, TheTunnelIsNeverWiderThanItsClientsWereTold) {
  Network network = secure_internet();
  network.mtu.reset();
  network.told_mtu = 1412;
  WayOut way = out_by("internet");
  EXPECT_EQ(wireguard_in(expanded(network, way)).mtu, 1412u);
  way.mtu = 1400;
  EXPECT_EQ(wireguard_in(expanded(network, way)).mtu, 1320u) << "the line is narrower now";
}

TEST(Expand, ItsOuterPacketsAreLetIn) {
  const Document document = expanded(secure_internet());
  const Policy* outer = policy_called(document, "network:home tunnel");
  ASSERT_TRUE(outer);
  EXPECT_THAT(outer->from, ElementsAre("internet", "lan"));
  EXPECT_THAT(outer->ports, ElementsAre(PortRange{51820, 51820}));
}

}   // namespace
}   // namespace sluice
