// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's WireGuard: what it is told in messages, and what it says, whole, split and cut.
#include <gtest/gtest.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <bit>

#include "../support/netlink_messages.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/wireguard/messages.hpp"
#include "wireguard_tunnels.hpp"

namespace sluice {
namespace {

using test::addresses, test::endpoint, test::key, test::Message, test::peer, test::prefix;

constexpr uint16_t kFamily = 30;

std::vector<NlRequest> requests_of(const TunnelChange& change) {
  return tunnel_change_requests(kFamily, "wg-home", change);
}

struct SaidPeer {
  std::optional<WireguardKey> key;
  uint32_t flags = 0;
  bool has_settings = false, has_place = false;
  size_t prefixes = 0;
};

// What a request says of peers, in its order.
std::vector<SaidPeer> peers_in(const NlRequest& request) {
  const Message message(request);
  std::vector<SaidPeer> said;
  const Attributes device = Attributes::of(*message, sizeof(genlmsghdr));
  for (const Attributes& one : Attributes::list_in(device.bytes(WGDEVICE_A_PEERS), 0)) {
    const auto bytes = one.bytes(WGPEER_A_PUBLIC_KEY);
    WireguardKey key{};
    std::ranges::copy(bytes.first(std::min(bytes.size(), key.size())), key.begin());
    said.push_back({key, one.u32(WGPEER_A_FLAGS).value_or(99), one.has(WGPEER_A_PRESHARED_KEY),
                    one.has(WGPEER_A_ENDPOINT),
                    Attributes::list_in(one.bytes(WGPEER_A_ALLOWEDIPS), 0).size()});
  }
  return said;
}

TEST(WireguardMessages, NothingIsSaidWhereNothingChanges) { EXPECT_TRUE(requests_of({}).empty()); }

TEST(WireguardMessages, ADeviceIsToldWhatChangesOfIt) {
  const auto requests = requests_of({.port = 51820});
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].attempt(), "change the tunnel wg-home");
  const Message message(requests[0]);
  EXPECT_EQ((*message).nlmsg_type, kFamily);
  const Attributes said = Attributes::of(*message, sizeof(genlmsghdr));
  EXPECT_EQ(said.text(WGDEVICE_A_IFNAME), "wg-home");
  EXPECT_EQ(said.u16(WGDEVICE_A_LISTEN_PORT), 51820);
  EXPECT_FALSE(said.has(WGDEVICE_A_PRIVATE_KEY));
  EXPECT_FALSE(said.has(WGDEVICE_A_FWMARK));
  EXPECT_FALSE(said.has(WGDEVICE_A_PEERS));
  EXPECT_FALSE(said.has(WGDEVICE_A_FLAGS)) << "the peers that are there stay";
}

TEST(WireguardMessages, RemovedGoFirstThenChangedThenAdded) {
  TunnelPeer called = peer(3, addresses(3, 1));
  called.dial = endpoint("[2001:db8::1]:51820");
  const auto requests =
      requests_of({.added = {called}, .changed = {peer(2, addresses(2, 2))}, .removed = {key(1)}});
  ASSERT_EQ(requests.size(), 1u);
  const auto said = peers_in(requests[0]);
  ASSERT_EQ(said.size(), 3u);
  EXPECT_EQ(said[0].key, key(1));
  EXPECT_EQ(said[0].flags, WGPEER_F_REMOVE_ME);
  EXPECT_FALSE(said[0].has_settings);
  EXPECT_EQ(said[1].key, key(2));
  EXPECT_EQ(said[1].flags, WGPEER_F_UPDATE_ONLY | WGPEER_F_REPLACE_ALLOWEDIPS);
  EXPECT_TRUE(said[1].has_settings) << "no preshared key is said with zeros";
  EXPECT_FALSE(said[1].has_place);
  EXPECT_EQ(said[1].prefixes, 2u);
  EXPECT_EQ(said[2].key, key(3));
  EXPECT_EQ(said[2].flags, uint32_t{WGPEER_F_REPLACE_ALLOWEDIPS});
  EXPECT_TRUE(said[2].has_place);
}

TEST(WireguardMessages, APeerWithoutPrefixesLosesThoseThatItHad) {
  const auto said = peers_in(requests_of({.changed = {peer(2, {})}}).at(0));
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].flags, WGPEER_F_UPDATE_ONLY | WGPEER_F_REPLACE_ALLOWEDIPS);
  EXPECT_EQ(said[0].prefixes, 0u);
}

TEST(WireguardMessages, AThousandPeersComeInMessagesBelowTheBoundOnceEach) {
  TunnelChange change{.private_key = WireguardKey{1}, .port = 51820, .mark = 1};
  for (auto& [key, made] : test::tunnel_of(1000).peers) change.added.push_back(made);
  const auto requests = requests_of(change);
  EXPECT_LT(requests.size(), 70u);
  size_t peers = 0;
  for (const NlRequest& request : requests) {
    EXPECT_LE(request.bytes().size(), kLargestTunnelMessage);
    EXPECT_FALSE(request.too_long());
    peers += peers_in(request).size();
    const Message message(request);
    EXPECT_EQ(Attributes::of(*message, sizeof(genlmsghdr)).has(WGDEVICE_A_PRIVATE_KEY),
              &request == &requests.front());
  }
  EXPECT_EQ(peers, 1000u);
}

TEST(WireguardMessages, OneChangedPeerIsOneSmallMessage) {
  const auto requests = requests_of({.changed = {peer(2, addresses(2, 1))}});
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_LT(requests[0].bytes().size(), 256u);
}

TEST(WireguardMessages, APeerWithManyPrefixesGoesOnWithoutReplacingThem) {
  std::set<Prefix> many = addresses(0, 300);
  for (uint64_t i = 0; i < 300; ++i) many.insert({test::ip("2001:db8::").plus(i), 128});
  size_t prefixes = 0, parts = 0;
  for (const NlRequest& request : requests_of({.changed = {peer(2, many)}})) {
    EXPECT_LE(request.bytes().size(), kLargestTunnelMessage);
    for (const SaidPeer& said : peers_in(request)) {
      EXPECT_EQ(said.key, key(2));
      EXPECT_EQ(said.flags,
                parts ? WGPEER_F_UPDATE_ONLY : WGPEER_F_UPDATE_ONLY | WGPEER_F_REPLACE_ALLOWEDIPS);
      EXPECT_EQ(said.has_settings, parts == 0);
      prefixes += said.prefixes;
      ++parts;
    }
  }
  EXPECT_EQ(prefixes, 600u);
  EXPECT_GT(parts, 5u);
}

// What the kernel would answer, were it told so: flags are what it does not say.
NlRequest answer_of(const NlRequest& request) {
  NlRequest answer(kFamily, 0, "");
  const auto attributes = request.bytes().subspan(sizeof(nlmsghdr) + sizeof(genlmsghdr));
  std::vector<uint8_t> copy(attributes.size());
  std::memcpy(copy.data(), attributes.data(), copy.size());
  std::move(answer).header(genlmsghdr{.cmd = WG_CMD_GET_DEVICE, .version = 1});
  for (size_t i = 0; i < copy.size(); i += 4) {
    std::array<uint8_t, 4> word{};
    std::copy_n(copy.begin() + static_cast<ptrdiff_t>(i), 4, word.begin());
    std::move(answer).header(word);
  }
  return answer;
}

ObservedTunnel read_back(const std::vector<NlRequest>& requests) {
  std::vector<ObservedTunnel> parts;
  for (const NlRequest& request : requests)
    if (auto part = parse_tunnel_part(*Message(answer_of(request)))) parts.push_back(std::move(*part));
  return merge_tunnel_parts(std::move(parts));
}

TEST(WireguardMessages, WhatIsToldIsReadBackAlsoWhereItIsSplit) {
  Tunnel wanted = test::tunnel_of(500);
  TunnelPeer& large = wanted.peers.begin()->second;
  large.allowed = addresses(5000, 1000);
  large.allowed.insert(prefix("2001:db8:5::/48"));
  TunnelChange change{.private_key = wanted.private_key, .port = wanted.port, .mark = wanted.mark};
  for (auto& [key, made] : wanted.peers) change.added.push_back(made);
  const ObservedTunnel seen = read_back(requests_of(change));
  EXPECT_EQ(seen.tunnel, test::without_places(wanted));
  EXPECT_EQ(seen.states.size(), 500u);
  EXPECT_EQ(seen.states.at(key(0)).endpoint, endpoint("192.0.2.1:51820"));
  EXPECT_FALSE(seen.userspace);
}

NlRequest told(std::array<int64_t, 2> handshake) {
  const auto time = std::bit_cast<std::array<uint8_t, 16>>(handshake);
  const auto received = std::bit_cast<std::array<uint8_t, 8>>(uint64_t{1} << 40);
  return NlRequest(kFamily, 0, "")
      .header(genlmsghdr{.cmd = WG_CMD_GET_DEVICE, .version = 1})
      .nest(WGDEVICE_A_PEERS, [&](NlRequest&& peers) {
        std::move(peers).nest(0, [&](NlRequest&& one) {
          std::move(one)
              .bytes(WGPEER_A_PUBLIC_KEY, key(1))
              .bytes(WGPEER_A_LAST_HANDSHAKE_TIME, time)
              .bytes(WGPEER_A_RX_BYTES, received);
        });
      });
}

TEST(WireguardMessages, AHandshakeIsATimeAndZerosAreNever) {
  const PeerState state = parse_tunnel_part(*Message(told({1700000000, 5})))->states.at(key(1));
  EXPECT_EQ(state.last_handshake, std::chrono::system_clock::time_point(std::chrono::seconds(1700000000)) +
                                      std::chrono::nanoseconds(5));
  EXPECT_EQ(state.rx_bytes, uint64_t{1} << 40);
  for (const auto none : {std::array<int64_t, 2>{0, 0}, {-1, 0}, {INT64_MAX, 0}, {1, -1}})
    EXPECT_FALSE(parse_tunnel_part(*Message(told(none)))->states.at(key(1)).last_handshake);
}

TEST(WireguardMessages, WhatIsNoPrefixAndNoPeerIsPassedOver) {
  const NlRequest request =
      NlRequest(kFamily, 0, "")
          .header(genlmsghdr{.cmd = WG_CMD_GET_DEVICE, .version = 1})
          .nest(WGDEVICE_A_PEERS, [&](NlRequest&& peers) {
            std::move(peers).nest(0, [](NlRequest&& one) { std::move(one).u32(WGPEER_A_FLAGS, 0); });
            std::move(peers).nest(0, [&](NlRequest&& one) {
              std::move(one)
                  .bytes(WGPEER_A_PUBLIC_KEY, key(1))
                  .nest(WGPEER_A_ALLOWEDIPS, [](NlRequest&& list) {
                    std::move(list).nest(0, [](NlRequest&& bad) {
                      std::move(bad)
                          .u16(WGALLOWEDIP_A_FAMILY, AF_INET)
                          .bytes(WGALLOWEDIP_A_IPADDR, std::array<uint8_t, 4>{10, 0, 0, 0})
                          .u8(WGALLOWEDIP_A_CIDR_MASK, 33);
                    });
                  });
            });
          });
  const auto part = parse_tunnel_part(*Message(request));
  ASSERT_EQ(part->tunnel.peers.size(), 1u);
  EXPECT_TRUE(part->tunnel.peers.at(key(1)).allowed.empty());
}

TEST(WireguardMessages, ACutMessageIsReadWithoutHarm) {
  TunnelPeer called = peer(3, addresses(3, 2));
  called.dial = endpoint("[2001:db8::1]:51820");
  const auto request = requests_of({.private_key = WireguardKey{1}, .added = {called}}).at(0);
  test::cut_at_every_byte(answer_of(request), [](const nlmsghdr& message) { parse_tunnel_part(message); });
}

}   // namespace
}   // namespace sluice
