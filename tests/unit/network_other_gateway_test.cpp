// SPDX-License-Identifier: GPL-2.0-or-later
// What another gateway with sluice puts into its document, and that it is one.
#include <gtest/gtest.h>

#include "config/config.hpp"
#include "network/other_gateway.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::home;
using test::ip;
using test::key_of;
using test::net;

NetworkEndpoint gateway_called(std::string name, uint8_t number) {
  NetworkEndpoint made;
  made.name = std::move(name);
  made.type = EndpointType::kGateway;
  made.public_key = key_of(number);
  made.address = ip("10.100.0.0").plus(number);
  made.routes = {net("10." + std::to_string(number) + ".0.0/16")};
  return made;
}

Network company() {
  Network network = home();
  network.name = "company";
  network.type = NetworkType::kL3vpn;
  network.subnet6.reset();
  network.routes = {net("192.168.10.0/24")};
  network.endpoints = {gateway_called("berlin", 2), gateway_called("paris", 3)};
  return network;
}

ClientSide side_of_company() { return {.gateway_key = key_of(1), .endpoint = "192.0.2.1:51820"}; }

Document there(const Network& network, const NetworkEndpoint& endpoint,
               const ClientSide& side = side_of_company()) {
  const auto text = document_for_gateway(network, endpoint, side);
  EXPECT_TRUE(text);
  const auto checked = check_document(text.value_or("{}"), "there.json");
  EXPECT_TRUE(checked) << *text;
  return checked ? checked->document : Document{};
}

std::string refusal(const Network& network, const ClientSide& side = side_of_company()) {
  const auto text = document_for_gateway(network, network.endpoints[0], side);
  return text ? "none" : text.error().message;
}

TEST(OtherGateway, HasTheNetworkFromItsOwnEnd) {
  const Network network = company();
  const Document document = there(network, network.endpoints[0]);
  const Network& own = document.networks.at(0);
  EXPECT_EQ(own.name, "company");
  EXPECT_EQ(own.vcid, 12345678u);
  EXPECT_EQ(own.subnet, net("10.100.0.0/29"));
  EXPECT_EQ(own.address, ip("10.100.0.2"));
  EXPECT_EQ(own.routes, std::vector{net("10.2.0.0/16")});
  EXPECT_EQ(own.key_file, "keys/company.key");
  EXPECT_FALSE(own.port) << "nobody calls it";
  ASSERT_EQ(own.endpoints.size(), 1u);
  const NetworkEndpoint& hub = own.endpoints[0];
  EXPECT_EQ(hub.name, "hub");
  EXPECT_EQ(hub.public_key, key_of(1));
  EXPECT_EQ(hub.address, ip("10.100.0.1"));
  EXPECT_EQ(to_string(*hub.dial), "192.0.2.1:51820");
  EXPECT_EQ(hub.routes, (std::vector{net("10.3.0.0/16"), net("192.168.10.0/24")}));
}

TEST(OtherGateway, SaysNoSecretAndWhereTheyBelong) {
  Network network = company();
  network.endpoints[0].preshared_key_file = "berlin.psk";
  ClientSide side = side_of_company();
  side.private_key = key_of(2);
  side.preshared_key = key_of(4);
  const std::string text = document_for_gateway(network, network.endpoints[0], side).value();
  EXPECT_EQ(text.find(to_string(key_of(2))), std::string::npos);
  EXPECT_EQ(text.find(to_string(key_of(4))), std::string::npos);
  EXPECT_NE(text.find("put it into keys/company.key below"), std::string::npos);
  EXPECT_EQ(there(network, network.endpoints[0], side).networks.at(0).endpoints[0].preshared_key_file,
            "keys/company.psk");
}

TEST(OtherGateway, ListensWhereItIsCalledAndMeetsSitesDirectly) {
  Network network = company();
  network.is_direct = true;
  network.endpoints[0].dial = parse_endpoint("198.51.100.7:51900");
  const Network own = there(network, network.endpoints[0]).networks.at(0);
  EXPECT_EQ(own.port, 51900);
  ASSERT_EQ(own.endpoints.size(), 2u);
  EXPECT_EQ(own.endpoints[0].routes, std::vector{net("192.168.10.0/24")});
  EXPECT_EQ(own.endpoints[1].routes, std::vector{net("10.3.0.0/16")});
  EXPECT_FALSE(own.endpoints[1].dial) << "paris calls";
  const Network paris = there(network, network.endpoints[1]).networks.at(0);
  EXPECT_EQ(to_string(*paris.endpoints[1].dial), "198.51.100.7:51900");
  EXPECT_EQ(paris.endpoints[1].keepalive, std::chrono::seconds(25));
}

TEST(OtherGateway, WhatOverlapsItsOwnIsLeftOutAndSaid) {
  const Network network = company();
  ClientSide side = side_of_company();
  side.resources = {net("10.0.0.0/8"), net("192.168.20.0/24"), net("192.168.20.7/32")};
  const Document document = there(network, network.endpoints[0], side);
  EXPECT_EQ(document.networks.at(0).endpoints[0].routes,
            (std::vector{net("10.3.0.0/16"), net("192.168.10.0/24"), net("192.168.20.0/24")}));
  EXPECT_NE(document_for_gateway(network, network.endpoints[0], side)->find("// Without 10.0.0.0/8,"),
            std::string::npos);
}

TEST(OtherGateway, IsASiteOfResourcesToo) {
  Network network = company();
  network.type = NetworkType::kRemoteResource;
  network.routes.clear();
  ClientSide side = side_of_company();
  side.resources = {net("192.168.20.0/24")};
  const Network own = there(network, network.endpoints[0], side).networks.at(0);
  EXPECT_EQ(own.type, NetworkType::kL3vpn);
  EXPECT_EQ(own.endpoints[0].routes, std::vector{net("192.168.20.0/24")}) << "and not what is behind paris";
}

TEST(OtherGateway, WhatCannotBeSaidIsRefused) {
  Network network = company();
  ClientSide named = side_of_company();
  named.endpoint = "vpn.example.org:51820";
  EXPECT_NE(refusal(network, named).find("is called by the name vpn.example.org:51820"), std::string::npos);
  network.type = NetworkType::kSecureInternet;
  EXPECT_NE(refusal(network).find("is a secure-internet"), std::string::npos);
  network.endpoints[0].type = EndpointType::kCpe;
  EXPECT_NE(refusal(network).find("is a cpe: only a \"gateway\""), std::string::npos);
}

}   // namespace
}   // namespace sluice
