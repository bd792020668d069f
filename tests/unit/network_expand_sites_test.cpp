// SPDX-License-Identifier: GPL-2.0-or-later
// What an l3vpn network means as a document without networks.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <algorithm>

#include "network_expand_fixture.hpp"

namespace sluice {
namespace {

using test::device_in;
using test::expanded;
using test::home;
using test::ip;
using test::key_of;
using test::net;
using test::out_by;
using test::policy_called;
using test::secure_internet;
using test::wireguard_in;
using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(ExpandSites, SitesReachEachOtherByAPolicyWithinTheirZone) {
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

TEST(ExpandSites, WhatIsBehindASiteIsRoutedToItAndNothingLeavesTheVrf) {
  const Document document = expanded(two_sites());
  EXPECT_THAT(device_in(document).behind,
              ElementsAre(net("10.100.0.0/29"), net("2001:db8:100::/64"), net("10.2.0.0/16"),
                          net("10.3.0.0/16"), net("2001:db8:3::/48")));
  EXPECT_THAT(document.vrfs.back().routes, IsEmpty());
  EXPECT_EQ(wireguard_in(document).tunnel.peers.at(key_of(8)).allowed,
            (std::set<Prefix>{net("10.100.0.3/32"), net("10.3.0.0/16"), net("2001:db8:3::/48")}));
}

Network sites_with_bgp() {
  Network network = two_sites();
  network.routing = {RoutingProtocol::kBgp, 65'001};
  return network;
}

TEST(ExpandSites, ByBgpWhatIsAnnouncedIsRoutedAndPeersAreAsTheDocumentSays) {
  EXPECT_THAT(device_in(expanded(sites_with_bgp())).behind,
              ElementsAre(net("10.100.0.0/29"), net("2001:db8:100::/64")));
  WayOut way = out_by("internet");
  way.announced["home"] = {net("10.2.7.0/24"), net("10.3.0.0/16"), net("10.9.0.0/16"), net("0.0.0.0/0")};
  const Document document = expanded(sites_with_bgp(), way);
  EXPECT_THAT(device_in(document).behind, ElementsAre(net("10.100.0.0/29"), net("2001:db8:100::/64"),
                                                      net("10.2.7.0/24"), net("10.3.0.0/16")))
      << "and nothing that is behind nobody";
  EXPECT_TRUE(wireguard_in(document).tunnel.peers.at(key_of(9)).allowed.contains(net("10.2.0.0/16")));
}

TEST(ExpandSites, WhatASiteThatIsOutAnnouncedIsRoutedNoMore) {
  Network network = sites_with_bgp();
  network.endpoints[1].disabled = true;
  WayOut way = out_by("internet");
  way.announced["home"] = {net("10.2.0.0/16"), net("10.3.0.0/16")};
  EXPECT_THAT(device_in(expanded(network, way)).behind,
              ElementsAre(net("10.100.0.0/29"), net("2001:db8:100::/64"), net("10.2.0.0/16")));
}

TEST(ExpandSites, BgpIsOfRoutersAndNotOfWhatIsBehindThem) {
  const Document document = expanded(sites_with_bgp());
  const Policy *open = policy_called(document, "network:home routing"),
               *closed = policy_called(document, "network:home no routing"),
               *gateway = policy_called(document, "network:home gateway");
  ASSERT_TRUE(open && closed && gateway);
  EXPECT_TRUE(open < closed && closed < gateway) << "the first that fits decides";
  EXPECT_THAT(open->source.prefixes,
              ElementsAre(net("10.100.0.2/32"), net("2001:db8:100::2/128"), net("10.100.0.3/32")));
  EXPECT_THAT(open->destination.prefixes, ElementsAre(net("10.100.0.1/32"), net("2001:db8:100::1/128")));
  EXPECT_THAT(open->ports, ElementsAre(PortRange{179, 179}));
  EXPECT_EQ(closed->action, Action::kDrop);
  EXPECT_EQ(policy_called(expanded(two_sites()), "network:home routing"), nullptr);
}

TEST(ExpandSites, OspfIsAProtocolToTheGatewayAndToAllRouters) {
  Network network = sites_with_bgp();
  network.routing = {RoutingProtocol::kOspf};
  const Document document = expanded(network);
  const Policy *open = policy_called(document, "network:home routing"),
               *closed = policy_called(document, "network:home no routing");
  ASSERT_TRUE(open && closed);
  EXPECT_THAT(open->protocols, ElementsAre(89));
  EXPECT_THAT(open->ports, IsEmpty());
  EXPECT_THAT(open->destination.prefixes, testing::Contains(net("224.0.0.5/32")));
  EXPECT_THAT(closed->protocols, ElementsAre(89));
  EXPECT_TRUE(closed->source.any() && closed->destination.any());
}

TEST(ExpandSites, ASiteThatIsOutIsNeitherSourceNorDestination) {
  Network network = two_sites();
  network.endpoints[1].disabled = true;
  const Policy among = *policy_called(expanded(network), "network:home");
  EXPECT_THAT(among.destination.prefixes,
              ElementsAre(net("10.100.0.2/32"), net("2001:db8:100::2/128"), net("10.2.0.0/16")));
  network.endpoints[0].disabled = true;
  EXPECT_EQ(policy_called(expanded(network), "network:home"), nullptr)
      << "an empty side would mean everybody";
}

TEST(ExpandSites, WhatIsBehindTheGatewayIsASiteWithoutNat) {
  Network network = two_sites();
  network.routes = {net("192.168.10.0/24")};
  network.resources = {
      {.to = {.prefixes = {net("192.168.20.0/24")}, .sets = {}}, .protocols = {}, .ports = {}}};
  const Document document = expanded(network);
  const Policy *in = policy_called(document, "network:home in"),
               *out = policy_called(document, "network:home out");
  ASSERT_TRUE(in && out);
  EXPECT_THAT(out->from, ElementsAre("internet", "lan"));
  EXPECT_THAT(out->to, ElementsAre("home"));
  EXPECT_THAT(out->source.prefixes, ElementsAre(net("192.168.10.0/24")));
  EXPECT_EQ(out->destination.prefixes, policy_called(document, "network:home")->source.prefixes);
  EXPECT_EQ(in->source.prefixes, out->destination.prefixes);
  EXPECT_EQ(in->destination.prefixes, out->source.prefixes);
  EXPECT_EQ(document.masquerades.at(0).except.prefixes, network.routes) << "resources are masqueraded";
}

TEST(ExpandSites, TheMainVrfLeadsToSitesWhereTheGatewayIsOne) {
  Network network = two_sites();
  EXPECT_THAT(expanded(network).routes, IsEmpty());
  network.routes = {net("192.168.10.0/24")};
  const Document document = expanded(network);
  ASSERT_EQ(document.routes.size(), 3u);
  EXPECT_EQ(document.routes[0].to, net("10.2.0.0/16"));
  EXPECT_EQ(document.routes[0].through, "home");
  EXPECT_EQ(document.vrfs.back().routes.at(0).to, net("192.168.10.0/24"));
  network.endpoints[0].disabled = network.endpoints[1].disabled = true;
  EXPECT_EQ(policy_called(expanded(network), "network:home out"), nullptr);
}

TEST(ExpandSites, TheGatewaysAddressIsTheOneThatTheDocumentSays) {
  Network network = two_sites();
  network.address = ip("10.100.0.6");
  EXPECT_EQ(device_in(expanded(network)).addresses.front().to_string(), "10.100.0.6/32");
}

TEST(ExpandSites, SitesReachResourcesAsWell) {
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

}   // namespace
}   // namespace sluice
