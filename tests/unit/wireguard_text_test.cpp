// SPDX-License-Identifier: GPL-2.0-or-later
// wireguard-go's text: what it is told, what it says, and what it cannot mean.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kernel/wireguard/uapi_text.hpp"
#include "wireguard_tunnels.hpp"

namespace sluice {
namespace {

using test::addresses, test::endpoint, test::key, test::outcome, test::peer, test::prefix;

const std::string kOne = "0901000000" + std::string(54, '0');   // key(1)
const std::string kTwo = "0902000000" + std::string(54, '0');
const std::string kThree = "0903000000" + std::string(54, '0');
const std::string kNone(64, '0');

TEST(WireguardText, AChangeIsOneTransaction) {
  TunnelPeer called = peer(3, {prefix("10.0.0.3/32"), prefix("2001:db8::/64")});
  called.dial = endpoint("[2001:db8::1]:51820");
  called.keepalive = std::chrono::seconds(25);
  called.preshared = key(1);
  const TunnelChange change{.port = 51820,
                            .mark = 0,
                            .added = {called},
                            .changed = {peer(2, addresses(2, 1))},
                            .removed = {key(1)}};
  EXPECT_EQ(tunnel_change_text(change), "set=1\nlisten_port=51820\nfwmark=0\npublic_key=" + kOne +
                                            "\nremove=true\npublic_key=" + kTwo +
                                            "\nupdate_only=true\npreshared_key=" + kNone +
                                            "\npersistent_keepalive_interval=0\nreplace_allowed_ips=true\n"
                                            "allowed_ip=10.0.0.2/32\npublic_key=" +
                                            kThree + "\npreshared_key=" + kOne +
                                            "\nendpoint=[2001:db8::1]:51820\n"
                                            "persistent_keepalive_interval=25\nreplace_allowed_ips=true\n"
                                            "allowed_ip=10.0.0.3/32\nallowed_ip=2001:db8::/64\n\n");
}

TEST(WireguardText, AnAnswerIsRead) {
  const auto seen = parse_tunnel_text(
      "private_key=" + kOne + "\nlisten_port=51820\nfwmark=7\npublic_key=" + kTwo +
      "\npreshared_key=" + kThree +
      "\nprotocol_version=1\nendpoint=198.51.100.7:4500\nlast_handshake_time_sec=1700000000\n"
      "last_handshake_time_nsec=5\ntx_bytes=12\nrx_bytes=34\npersistent_keepalive_interval=25\n"
      "allowed_ip=10.0.0.2/32\nallowed_ip=2001:db8::/64\npublic_key=" +
      kThree + "\npreshared_key=" + kNone +
      "\nlast_handshake_time_sec=0\nlast_handshake_time_nsec=0\nsomething_new=whatever\nerrno=0\n\n");
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_TRUE(seen->userspace);
  EXPECT_EQ(seen->tunnel.private_key, key(1));
  EXPECT_EQ(seen->tunnel.port, 51820);
  EXPECT_EQ(seen->tunnel.mark, 7u);
  TunnelPeer two = peer(2, {prefix("10.0.0.2/32"), prefix("2001:db8::/64")});
  two.preshared = key(3);
  two.keepalive = std::chrono::seconds(25);
  EXPECT_EQ(seen->tunnel.peers.at(key(2)), two);
  EXPECT_EQ(seen->tunnel.peers.at(key(3)), peer(3, {})) << "zeros are no preshared key";
  const PeerState& state = seen->states.at(key(2));
  EXPECT_EQ(state.endpoint, endpoint("198.51.100.7:4500"));
  EXPECT_EQ(std::chrono::system_clock::to_time_t(state.last_handshake.value()), 1700000000);
  EXPECT_EQ(state.rx_bytes, 34u);
  EXPECT_EQ(state.tx_bytes, 12u);
  EXPECT_FALSE(seen->states.at(key(3)).last_handshake);
  EXPECT_FALSE(seen->states.at(key(3)).endpoint);
}

TEST(WireguardText, AnEndpointOfALinkHasAZoneThatIsLeftOut) {
  const auto seen = parse_tunnel_text("public_key=" + kOne + "\nendpoint=[fe80::1%eth0]:4500\nerrno=0\n\n");
  EXPECT_EQ(seen.value().states.at(key(1)).endpoint, endpoint("[fe80::1]:4500"));
}

std::string reading(const std::string& text) {
  const auto seen = parse_tunnel_text(text);
  return seen ? "ok" : seen.error().message;
}

TEST(WireguardText, ARefusalIsToldInWords) {
  EXPECT_EQ(outcome(parse_tunnel_verdict("errno=0\n\n")), "ok");
  EXPECT_EQ(outcome(parse_tunnel_verdict("errno=-22\n\n")), "wireguard-go refuses it: Invalid argument");
  EXPECT_EQ(reading("errno=98\n\n"), "wireguard-go refuses it: Address already in use");
}

TEST(WireguardText, AnAnswerWithoutAnEndIsNone) {
  for (const std::string text :
       {"", "\n", "listen_port=1\n", "errno=", "errno=0", "errno=x\n\n", "errno=\n\n",
        "errno=-2147483648\n\n", "errno=99999999999\n\n", "\nerrno=0\n\n"})
    EXPECT_EQ(reading(text), "wireguard-go's answer has no end") << text;
}

TEST(WireguardText, WhatMakesNoSenseIsNamedWithoutWhatItSays) {
  const std::string of_peer = "public_key=" + kOne + "\n";
  for (const std::string bad :
       {"preshared_key=secret", "endpoint=192.0.2.1", "endpoint=192.0.2.1:0:1", "endpoint=[%]:1",
        "persistent_keepalive_interval=70000", "persistent_keepalive_interval=-1", "allowed_ip=10.0.0.1/33",
        "allowed_ip=", "rx_bytes=1e3", "tx_bytes= 1", "last_handshake_time_sec=-5",
        "last_handshake_time_nsec=99999999999999999999"})
    EXPECT_EQ(reading(of_peer + bad + "\nerrno=0\n\n"),
              fmt::format("wireguard-go's answer makes no sense at \"{}\"", bad.substr(0, bad.find('='))));
  for (const std::string bad : {"private_key=secret", "listen_port=65536", "fwmark=0x1", "public_key=09"})
    EXPECT_EQ(reading(bad + "\nerrno=0\n\n"),
              fmt::format("wireguard-go's answer makes no sense at \"{}\"", bad.substr(0, bad.find('='))));
}

TEST(WireguardText, ATextThatIsCutAnywhereIsReadWithoutHarm) {
  const std::string whole = "private_key=" + kOne + "\npublic_key=" + kTwo +
                            "\nendpoint=[2001:db8::1]:51820\nallowed_ip=10.0.0.2/32\nerrno=0\n\n";
  for (size_t size = 0; size + 1 < whole.size(); ++size)
    EXPECT_NE(reading(whole.substr(0, size)), "ok") << size;
  EXPECT_EQ(reading(whole), "ok");
}

}   // namespace
}   // namespace sluice
