// SPDX-License-Identifier: GPL-2.0-or-later
// The gateway's device of a network: who is a peer of it, and what each may have.
#include <gtest/gtest.h>

#include "network/tunnel_of.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using test::home;
using test::key_of;
using test::net;
using test::phone;

const sys_seconds kNowOfTunnel{seconds(1'800'000'000)};

Network home_with(const NetworkEndpoint& endpoint) {
  Network network = home();
  network.endpoints = {endpoint};
  return network;
}

NetworkEndpoint phone_with_key() {
  NetworkEndpoint endpoint = phone();
  endpoint.public_key = key_of(2);
  return endpoint;
}

Tunnel tunnel_with(const NetworkEndpoint& endpoint) {
  return tunnel_of(home_with(endpoint), key_of(1), {}, {}, kNowOfTunnel);
}

TEST(TunnelOf, APhoneMayHaveItsOwnAddresses) {
  const Tunnel tunnel =
      tunnel_of(home_with(phone_with_key()), key_of(1), {}, {{"phone", key_of(3)}}, kNowOfTunnel);
  EXPECT_EQ(tunnel.private_key, key_of(1));
  EXPECT_EQ(tunnel.port, 51820);
  ASSERT_EQ(tunnel.peers.size(), 1u);
  const TunnelPeer wanted{.public_key = key_of(2),
                          .preshared = key_of(3),
                          .allowed = {net("10.100.0.2/32"), net("2001:db8:100::2/128")}};
  EXPECT_EQ(tunnel.peers.at(key_of(2)), wanted);
}

TEST(TunnelOf, ARouterMayHaveTheNetworksBehindItToo) {
  NetworkEndpoint branch = phone_with_key();
  branch.address6.reset();
  branch.routes = {net("198.51.100.0/24"), net("2001:db8:7::/48")};
  EXPECT_EQ(tunnel_with(branch).peers.at(key_of(2)).allowed,
            (std::set{net("10.100.0.2/32"), net("198.51.100.0/24"), net("2001:db8:7::/48")}));
}

TEST(TunnelOf, AKeyThatTheGatewayMadeIsFoundByTheEndpointsName) {
  const Network network = home_with(phone());
  EXPECT_TRUE(tunnel_of(network, key_of(1), {}, {}, kNowOfTunnel).peers.empty()) << "its key is not known";
  EXPECT_TRUE(tunnel_of(network, key_of(1), {{"laptop", key_of(4)}}, {}, kNowOfTunnel).peers.empty());
  EXPECT_TRUE(
      tunnel_of(network, key_of(1), {{"phone", key_of(4)}}, {}, kNowOfTunnel).peers.contains(key_of(4)));
}

TEST(TunnelOf, TheDocumentsKeyComesBeforeAnEarlierOneOfTheGateway) {
  const auto peers =
      tunnel_of(home_with(phone_with_key()), key_of(1), {{"phone", key_of(4)}}, {}, kNowOfTunnel).peers;
  ASSERT_EQ(peers.size(), 1u);
  EXPECT_TRUE(peers.contains(key_of(2)));
}

TEST(TunnelOf, WhoIsDisabledOrExpiredIsNoPeer) {
  NetworkEndpoint endpoint = phone_with_key();
  endpoint.expires = kNowOfTunnel + seconds(1);
  EXPECT_EQ(tunnel_with(endpoint).peers.size(), 1u);
  endpoint.expires = kNowOfTunnel;
  EXPECT_TRUE(tunnel_with(endpoint).peers.empty());
  endpoint.expires.reset();
  endpoint.disabled = true;
  EXPECT_TRUE(tunnel_with(endpoint).peers.empty());
}

TEST(TunnelOf, OnlyWhoCallsKeepsThePathOpen) {
  NetworkEndpoint endpoint = phone_with_key();
  const auto keepalive = [&] { return tunnel_with(endpoint).peers.at(key_of(2)).keepalive; };
  EXPECT_EQ(keepalive(), seconds(0));
  endpoint.dial = parse_endpoint("198.51.100.7:51820");
  EXPECT_EQ(keepalive(), seconds(25));
  EXPECT_EQ(tunnel_with(endpoint).peers.at(key_of(2)).dial, endpoint.dial);
  endpoint.keepalive = seconds(60);
  EXPECT_EQ(keepalive(), seconds(60));
  endpoint.dial.reset();
  EXPECT_EQ(keepalive(), seconds(60));
}

}   // namespace
}   // namespace sluice
