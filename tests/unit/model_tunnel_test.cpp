// SPDX-License-Identifier: GPL-2.0-or-later
// Keys as text, and the least that makes one tunnel into another.
#include <gtest/gtest.h>

#include "wireguard_tunnels.hpp"

namespace sluice {
namespace {

using test::addresses, test::endpoint, test::key, test::peer;

TEST(WireguardKeys, AreReadAsTheyAreWritten) {
  const WireguardKey made = make_preshared_key();
  EXPECT_EQ(parse_key(to_string(made)), made);
  EXPECT_EQ(to_string(WireguardKey{}), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

TEST(WireguardKeys, ThatAreNoneAreRefused) {
  for (const char* text :
       {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA===",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", "-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA =", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"})
    EXPECT_FALSE(parse_key(text)) << text;
}

// RFC 7748 section 6.1.
TEST(WireguardKeys, APublicKeyIsThatOfItsPrivateOne) {
  EXPECT_EQ(to_string(public_key_of(parse_key("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=").value())),
            "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=");
}

TEST(WireguardKeys, APrivateKeyIsAsTheCurveWantsIt) {
  const WireguardKey made = make_private_key();
  EXPECT_EQ(made[0] & 7, 0);
  EXPECT_EQ(made[31] & 0xc0, 0x40);
  EXPECT_NE(made, make_private_key());
}

ObservedTunnel seen_of(const Tunnel& tunnel) {
  ObservedTunnel seen{.tunnel = test::without_places(tunnel)};
  for (const auto& [key, peer] : tunnel.peers) seen.states[key].endpoint = peer.dial;
  return seen;
}

TEST(TunnelDifference, OfEqualOnesIsNothing) {
  const Tunnel tunnel = test::tunnel_of(20);
  EXPECT_TRUE(difference(tunnel, seen_of(tunnel)).empty());
}

TEST(TunnelDifference, NamesNoPeerThatStays) {
  const Tunnel before = test::tunnel_of(20);
  Tunnel after = before;
  after.peers.erase(key(3));
  after.peers.at(key(4)).keepalive = std::chrono::seconds(7);
  after.peers.emplace(key(99), peer(99, addresses(3, 1)));
  const TunnelChange change = difference(after, seen_of(before));
  EXPECT_EQ(change.removed, std::vector{key(3)});
  ASSERT_EQ(change.changed.size(), 1u);
  EXPECT_EQ(change.changed[0].public_key, key(4));
  ASSERT_EQ(change.added.size(), 1u);
  EXPECT_EQ(change.added[0].public_key, key(99));
  EXPECT_FALSE(change.private_key || change.port || change.mark);
}

TEST(TunnelDifference, OfTheDeviceIsWhatIsWantedOfIt) {
  Tunnel wanted = test::tunnel_of(0);
  const ObservedTunnel seen = seen_of(wanted);
  wanted.port = 0;   // as the kernel likes: what it chose stays
  wanted.mark = 9;
  const TunnelChange change = difference(wanted, seen);
  EXPECT_FALSE(change.port);
  EXPECT_EQ(change.mark, 9u);
}

TEST(TunnelDifference, APeerThatRoamsIsNotCalledBack) {
  const Tunnel wanted = test::tunnel_of(1);
  ObservedTunnel seen = seen_of(wanted);
  seen.states[key(0)] = {.endpoint = endpoint("203.0.113.9:4500"),
                         .last_handshake = std::chrono::system_clock::now()};
  EXPECT_TRUE(difference(wanted, seen).empty());
  Tunnel with_more = wanted;
  with_more.peers.at(key(0)).allowed = addresses(7, 1);
  const TunnelChange change = difference(with_more, seen);
  ASSERT_EQ(change.changed.size(), 1u);
  EXPECT_FALSE(change.changed[0].dial) << "where it is heard stays";
}

TEST(TunnelDifference, APeerThatWasNeverHeardIsCalledWhereTheDocumentSays) {
  const Tunnel wanted = test::tunnel_of(1);
  ObservedTunnel seen = seen_of(wanted);
  seen.states[key(0)].endpoint = endpoint("203.0.113.9:4500");
  const TunnelChange change = difference(wanted, seen);
  ASSERT_EQ(change.changed.size(), 1u);
  EXPECT_EQ(change.changed[0].dial, endpoint("192.0.2.1:51820"));
}

}   // namespace
}   // namespace sluice
