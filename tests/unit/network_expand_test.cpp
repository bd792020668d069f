// SPDX-License-Identifier: GPL-2.0-or-later
// What a network means as a document without networks.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <algorithm>

#include "network/expand.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::home;
using test::ip;
using test::key_of;
using test::net;
using test::phone;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::chrono::sys_seconds kToday{std::chrono::seconds(1'800'000'000)};

Interface plain_interface(std::string name, std::string zone) {
  Interface made;
  made.name = std::move(name);
  made.zone = std::move(zone);
  return made;
}

Network secure_internet() {
  Network network = home();
  network.device = "wg-home";
  network.zone = network.vrf = "home";
  network.table = 20'000;
  network.endpoints = {phone()};
  network.endpoints[0].public_key = key_of(9);
  return network;
}

Document gateway_with(Network network) {
  Document document;
  document.interfaces = {plain_interface("wan", "internet"), plain_interface("lan", "lan")};
  document.zones = {{"internet", {}, {}, {}, {}}, {"lan", {}, {}, {}, {}}, {"home", {}, {}, {}, {}}};
  document.networks = {std::move(network)};
  return document;
}

WayOut out_by(std::string zone) { return {.zone = std::move(zone), .mtu = 1500, .near = {}}; }

Document expanded(Network network, const WayOut& way = out_by("internet")) {
  Document document = gateway_with(std::move(network));
  NetworkKeys keys;
  keys.gateways["home"] = key_of(1);
  expand(document, keys, way, kToday);
  return document;
}

const Policy* policy_called(const Document& document, std::string_view name) {
  const auto at = std::ranges::find(document.policies, name, &Policy::name);
  return at == document.policies.end() ? nullptr : &*at;
}

const Interface& device_in(const Document& document) { return document.interfaces.back(); }
const Wireguard& wireguard_in(const Document& document) {
  return std::get<Wireguard>(device_in(document).made);
}

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

// Berlin has 10.2.0.0/16 behind it, Paris 10.3.0.0/16 and an IPv6 network.
Network two_sites() {
  Network network = secure_internet();
  network.type = NetworkType::kL3vpn;
  NetworkEndpoint& berlin = network.endpoints[0];
  berlin.type = EndpointType::kCpe;
  berlin.routes = {net("10.2.0.0/16")};
  NetworkEndpoint paris;
  paris.name = "paris";
  paris.type = EndpointType::kGateway;
  paris.public_key = key_of(8);
  paris.address = ip("10.100.0.3");
  paris.routes = {net("10.3.0.0/16"), net("2001:db8:3::/48")};
  network.endpoints.push_back(std::move(paris));
  return network;
}

TEST(Expand, SitesReachEachOtherByAPolicyWithinTheirZone) {
  const Document document = expanded(two_sites());
  const Policy* among = policy_called(document, "network:home");
  ASSERT_TRUE(among);
  EXPECT_THAT(among->from, ElementsAre("home"));
  EXPECT_THAT(among->to, ElementsAre("home"));
  EXPECT_THAT(among->source.prefixes,
              ElementsAre(net("10.100.0.2/32"), net("2001:db8:100::2/128"), net("10.2.0.0/16"),
                          net("10.100.0.3/32"), net("10.3.0.0/16"), net("2001:db8:3::/48")));
  EXPECT_EQ(among->destination.prefixes, among->source.prefixes);
  EXPECT_TRUE(document.zones[2].isolated) << "nothing passes but by that policy";
  EXPECT_EQ(policy_called(document, "network:home gateway")->protocols, std::vector<uint8_t>{});
  EXPECT_THAT(document.masquerades, IsEmpty());
}

TEST(Expand, WhatIsBehindASiteIsRoutedToItAndNothingLeavesTheVrf) {
  const Document document = expanded(two_sites());
  EXPECT_THAT(device_in(document).behind,
              ElementsAre(net("10.100.0.0/29"), net("2001:db8:100::/64"), net("10.2.0.0/16"),
                          net("10.3.0.0/16"), net("2001:db8:3::/48")));
  EXPECT_THAT(document.vrfs.back().routes, IsEmpty());
  EXPECT_EQ(wireguard_in(document).tunnel.peers.at(key_of(8)).allowed,
            (std::set<Prefix>{net("10.100.0.3/32"), net("10.3.0.0/16"), net("2001:db8:3::/48")}));
}

TEST(Expand, ASiteThatIsOutIsNeitherSourceNorDestination) {
  Network network = two_sites();
  network.endpoints[1].disabled = true;
  const Policy among = *policy_called(expanded(network), "network:home");
  EXPECT_THAT(among.destination.prefixes,
              ElementsAre(net("10.100.0.2/32"), net("2001:db8:100::2/128"), net("10.2.0.0/16")));
  network.endpoints[0].disabled = true;
  EXPECT_EQ(policy_called(expanded(network), "network:home"), nullptr)
      << "an empty side would mean everybody";
}

TEST(Expand, SitesReachResourcesAsWell) {
  Network network = two_sites();
  network.resources = {
      {.to = {.prefixes = {net("192.168.10.16/31")}, .sets = {}}, .protocols = {}, .ports = {}}};
  const Document document = expanded(network);
  const Policy* resource = policy_called(document, "network:home resource 1");
  ASSERT_TRUE(resource);
  EXPECT_THAT(resource->to, ElementsAre("internet", "lan"));
  EXPECT_THAT(resource->destination.prefixes, ElementsAre(net("192.168.10.16/31")));
  EXPECT_THAT(policy_called(document, "network:home")->to, ElementsAre("home"));
  ASSERT_EQ(document.vrfs.back().routes.size(), 1u);
  EXPECT_EQ(document.vrfs.back().routes[0].to, net("192.168.10.16/31"));
  EXPECT_EQ(document.masquerades.size(), 1u);
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

TEST(Expand, ItsOuterPacketsAreLetIn) {
  const Document document = expanded(secure_internet());
  const Policy* outer = policy_called(document, "network:home tunnel");
  ASSERT_TRUE(outer);
  EXPECT_THAT(outer->from, ElementsAre("internet", "lan"));
  EXPECT_THAT(outer->ports, ElementsAre(PortRange{51820, 51820}));
}

}   // namespace
}   // namespace sluice
