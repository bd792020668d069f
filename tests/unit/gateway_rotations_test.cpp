// SPDX-License-Identifier: GPL-2.0-or-later
// From what the devices have heard to the keys that are in force.
#include <gtest/gtest.h>

#include "gateway/rotations.hpp"
#include "network/tunnel_of.hpp"
#include "network/versions.hpp"
#include "network_fixture.hpp"

namespace sluice::test {
namespace {

const std::chrono::sys_seconds kNowOfRotations{std::chrono::seconds(1'800'000'000)};

// "phone" of network "home", whose key was 2 and is 3 now.
struct Rotations : testing::Test {
  Document document;
  NetworkKeys keys;
  Allotments known;
  Observed seen;

  Rotations() {
    Network network = home();
    network.device = "wg-home";
    network.endpoints = {phone()};
    document.networks = {network};
    keys.gateways["home"] = key_of(1);
    settle(2);
    settle(3);
  }

  Network& network() { return document.networks[0]; }
  NetworkEndpoint& endpoint() { return network().endpoints[0]; }
  void settle(uint8_t key) {
    endpoint().public_key = key_of(key);
    Allotments given;
    settle_versions(document, keys, known, seen, kNowOfRotations, given);
    known = std::move(given);
  }
  Tunnel wanted() { return tunnel_of(network(), key_of(1), {}, {}, kNowOfRotations); }
  ObservedTunnel& device() {
    ObservedTunnel& tunnel = seen.tunnels["wg-home"];
    tunnel.tunnel = wanted();
    return tunnel;
  }
};

TEST_F(Rotations, BothKeysArePeersAndTheOldOneHasTheAddresses) {
  const auto peers = wanted().peers;
  ASSERT_EQ(peers.size(), 2u);
  EXPECT_EQ(peers.at(key_of(2)).allowed, addresses_of(phone()));
  EXPECT_TRUE(peers.at(key_of(3)).allowed.empty());
}

TEST_F(Rotations, NobodyTakesOverBeforeTheNewKeyIsHeard) {
  device().states[key_of(2)] = {.last_handshake = kNowOfRotations, .rx_bytes = 100};
  EXPECT_TRUE(take_up_change(network(), wanted(), device()).empty());
  settle(3);
  EXPECT_TRUE(endpoint().rotation);
}

// A first message is enough: by the time of the last one packets were lost.
TEST_F(Rotations, TheNewKeyTakesOverWhenItIsHeard) {
  device().states[key_of(3)].rx_bytes = 148;
  const TunnelChange change = take_up_change(network(), wanted(), device());
  ASSERT_EQ(change.changed.size(), 1u);
  EXPECT_EQ(change.changed[0].public_key, key_of(3));
  EXPECT_EQ(change.changed[0].allowed, addresses_of(phone()));
  EXPECT_TRUE(change.added.empty() && change.removed.empty());
  settle(3);
  EXPECT_FALSE(endpoint().rotation);
  EXPECT_EQ(wanted().peers.size(), 1u);
}

TEST_F(Rotations, TwoEndpointsMayExchangeTheirKeys) {
  NetworkEndpoint laptop = phone();
  laptop.name = "laptop";
  laptop.address = ip("10.100.0.3");
  laptop.public_key = key_of(3);
  laptop.rotation = KeyRotation{key_of(3), key_of(2)};
  network().endpoints.push_back(laptop);
  const auto peers = wanted().peers;
  ASSERT_EQ(peers.size(), 2u);
  EXPECT_EQ(peers.at(key_of(2)).allowed, addresses_of(endpoint()));
  EXPECT_EQ(peers.at(key_of(3)).allowed, addresses_of(laptop));
}

TEST_F(Rotations, NoSecretIsKept) {
  keys.endpoints["home"]["phone"] = key_of(9);
  endpoint().preshared_key_file = "home.psk";
  settle(3);
  const std::string text = versions_of(known, "home", "phone").back().text;
  EXPECT_NE(text.find("# PrivateKey = ("), std::string::npos) << text;
  EXPECT_NE(text.find("# PresharedKey = ("), std::string::npos) << text;
  EXPECT_EQ(text.find("\nPrivateKey"), std::string::npos) << text;
}

TEST_F(Rotations, AnotherOutsideAddressIsNoOtherVersion) {
  const auto kept = versions_of(known, "home", "phone").back();
  EXPECT_NE(kept.text.find("Endpoint = (the outside address)"), std::string::npos) << kept.text;
  EXPECT_NE(kept_config(kept.text, "203.0.113.1:51820").find("Endpoint = 203.0.113.1:51820\n"),
            std::string::npos);
  EXPECT_EQ(kept_config(kept.text, ""), kept.text);
  network().endpoint = "vpn.example.org";
  settle(3);
  EXPECT_EQ(endpoint().version, 3u);
  EXPECT_EQ(versions_of(known, "home", "phone").back().changed, "Endpoint");
}

TEST_F(Rotations, VeryManyResourcesAreNotKeptAndTellAChangeStill) {
  network().type = NetworkType::kRemoteResource;
  network().resources.resize(1);
  auto& prefixes = network().resources[0].to.prefixes;
  for (uint8_t i = 0; i < 200; ++i) prefixes.push_back({IpAddress::from_ipv4(0xc633'6400u + i), 32});
  settle(3);
  const auto kept = versions_of(known, "home", "phone").back();
  EXPECT_NE(kept.text.find("# AllowedIPs = (200 prefixes"), std::string::npos) << kept.text;
  EXPECT_LT(kept.text.size(), 600u);
  prefixes.back().length = 31;
  settle(3);
  EXPECT_EQ(endpoint().version, kept.number + 1);
}

}   // namespace
}   // namespace sluice::test
