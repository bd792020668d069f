// SPDX-License-Identifier: GPL-2.0-or-later
// Which address and which keys an endpoint is told.
#include <gtest/gtest.h>

#include "api_test_daemon.hpp"
#include "base/file.hpp"
#include "gateway/client_side.hpp"
#include "network_fixture.hpp"

namespace sluice::test {
namespace {

// "eth0" and "eth1" are of the internet, and the default route leads out of "eth0".
struct ClientSideTest : testing::Test {
  TempDirectory state;
  KeyFiles keys{state / "", {}};
  Document document;
  Observed seen;
  Network network = home();

  ClientSideTest() {
    add_link("lan0", 1, "lan", {"192.0.2.1/24"});
    add_link("eth0", 2, "internet", {"fe80::1/64", "2001:db8::1/64"});
    add_link("eth1", 3, "internet", {"169.254.0.1/16", "203.0.113.1/24"});
    seen.default_ways = {2};
  }

  void add_link(const std::string& name, uint32_t index, const char* zone,
                const std::vector<std::string>& addresses) {
    Interface interface;
    interface.name = name;
    interface.zone = zone;
    document.interfaces.push_back(interface);
    ObservedLink& link = seen.links[name];
    link.index = index;
    for (const std::string& address : addresses)
      link.addresses.push_back({InterfaceAddress::parse(address).value()});
  }
  std::string called(const std::string& endpoint) {
    network.endpoint = endpoint;
    return endpoint_to_call(network, document, seen).value_or("none");
  }
};

TEST_F(ClientSideTest, TheNetworksOwnEndpointGetsItsPort) {
  EXPECT_EQ(called("vpn.example.org"), "vpn.example.org:51820");
  EXPECT_EQ(called("vpn.example.org:443"), "vpn.example.org:443");
  EXPECT_EQ(called("203.0.113.7"), "203.0.113.7:51820");
  EXPECT_EQ(called("2001:db8::7"), "[2001:db8::7]:51820");
  EXPECT_EQ(called("[2001:db8::7]"), "[2001:db8::7]:51820");
  EXPECT_EQ(called("[2001:db8::7]:443"), "[2001:db8::7]:443");
}

TEST_F(ClientSideTest, WithoutOneAnAddressOfTheOutsideIsCalledIpv4First) {
  EXPECT_EQ(called(""), "203.0.113.1:51820");
  seen.links["eth1"].addresses.clear();
  EXPECT_EQ(called(""), "[2001:db8::1]:51820");
}

TEST_F(ClientSideTest, WithoutADefaultRouteNobodyKnowsTheOutside) {
  seen.default_ways.clear();
  const auto refused = endpoint_to_call(network, document, seen);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kFailed);
  EXPECT_EQ(
      refused.error().message,
      "network \"home\" has no \"endpoint\", and no default route says which address clients reach: put "
      "\"endpoint\": \"HOST\" into the network");
}

// A default route of a tenant is not the gateway's.
TEST_F(ClientSideTest, ADefaultRouteOfAVrfIsNotTheOutside) {
  document.interfaces[1].vrf = "red";
  EXPECT_EQ(called(""), "none");
}

TEST_F(ClientSideTest, KeysComeFromTheirFiles) {
  const NetworkEndpoint endpoint = phone();
  const WireguardKey gateway = keys.of_network({.name = "home"}, true).value();
  const WireguardKey own = keys.of_endpoint(network, endpoint, true).value();
  const auto side = client_side(network, endpoint, document, seen, keys);
  ASSERT_TRUE(side) << side.error().message;
  EXPECT_EQ(side->gateway_key, public_key_of(gateway));
  EXPECT_EQ(side->private_key, own);
  EXPECT_EQ(side->preshared_key, std::nullopt);
  ASSERT_TRUE(keys.forget_endpoint(network, endpoint));
  EXPECT_EQ(client_side(network, endpoint, document, seen, keys)->private_key, std::nullopt);
}

TEST_F(ClientSideTest, APrivateKeyThatIsInTheWayOfAPublicOneIsNotTold) {
  NetworkEndpoint endpoint = phone();
  ASSERT_TRUE(keys.of_network({.name = "home"}, true));
  ASSERT_TRUE(keys.of_endpoint(network, endpoint, true));
  endpoint.public_key = key_of(2);
  EXPECT_EQ(client_side(network, endpoint, document, seen, keys)->private_key, std::nullopt);
}

TEST_F(ClientSideTest, APresharedKeyIsTold) {
  NetworkEndpoint endpoint = phone();
  endpoint.preshared_key_file = "home.psk";
  ASSERT_TRUE(keys.of_network({.name = "home"}, true));
  EXPECT_FALSE(client_side(network, endpoint, document, seen, keys)) << "there is no such file";
  ASSERT_TRUE(write_file_atomically(state / "home.psk", to_string(key_of(3)) + "\n", 0600));
  EXPECT_EQ(client_side(network, endpoint, document, seen, keys)->preshared_key, key_of(3));
}

TEST_F(ClientSideTest, ANetworkWithoutAKeyIsNotReady) {
  const auto refused = client_side(network, phone(), document, seen, keys);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "network \"home\" has no key yet");
}

TEST_F(ClientSideTest, ResourcesAreToldAsPrefixes) {
  ASSERT_TRUE(keys.of_network({.name = "home"}, true));
  document.sets["servers"] = {net("192.0.2.8/31")};
  network.resources = {{.to = {.prefixes = {net("198.51.100.0/24")}}}, {.to = {.sets = {"servers"}}}};
  EXPECT_EQ(client_side(network, phone(), document, seen, keys)->resources,
            (std::vector<Prefix>{net("198.51.100.0/24"), net("192.0.2.8/31")}));
}

}   // namespace
}   // namespace sluice::test
