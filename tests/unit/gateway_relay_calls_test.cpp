// SPDX-License-Identifier: GPL-2.0-or-later
// When a relay is called over TLS, and when by UDP again.
#include <gtest/gtest.h>

#include "gateway/relay_calls.hpp"

namespace sluice::test {
namespace {

using std::chrono::seconds;
using Turn = RelayWay::Turn;

constexpr RelayWay::Clock::time_point kStart{std::chrono::hours(1)};

RelayWay::Seen seen(Health health, bool connected = false, bool udp_answers = false, uint16_t port = 40'000) {
  return {health,
          RelayTcpCallNews{
              .name = "eu", .port = port, .connected = connected, .udp_answers = udp_answers, .trouble = ""}};
}
RelayWay::Seen uncalled(Health health) { return {health, std::nullopt}; }

TEST(RelayWay, NobodyCallsOverTlsWhileUdpIsHeard) {
  RelayWay way(false, kStart);
  for (const Health health : {Health::kUnknown, Health::kUp}) {
    EXPECT_FALSE(way.wants_call(uncalled(health)));
    EXPECT_EQ(way.decide(uncalled(health), kStart), Turn::kStay);
  }
  EXPECT_EQ(way.port(), 0);
}

TEST(RelayWay, GoesOverTlsOnceThatIsThere) {
  RelayWay way(false, kStart);
  EXPECT_TRUE(way.wants_call(uncalled(Health::kDown)));
  EXPECT_EQ(way.decide(uncalled(Health::kDown), kStart), Turn::kStay);
  EXPECT_EQ(way.decide(seen(Health::kDown), kStart), Turn::kStay) << "it is not connected yet";
  EXPECT_EQ(way.decide(seen(Health::kDown, true), kStart), Turn::kToTcp);
  EXPECT_EQ(way.port(), 40'000);
  EXPECT_TRUE(way.wants_call(seen(Health::kUp, true))) << "it stays";
}

RelayWay over_tls(RelayWay::Clock::time_point now) {
  RelayWay way(false, now);
  EXPECT_EQ(way.decide(seen(Health::kDown, true), now), Turn::kToTcp);
  return way;
}

// The call ends first: what came late by it would call the device back.
void come_back(RelayWay& way, RelayWay::Clock::time_point now) {
  EXPECT_EQ(way.decide(seen(Health::kUp, true, true), now), Turn::kStay);
  EXPECT_FALSE(way.wants_call(seen(Health::kUp, true, true)));
  EXPECT_NE(way.port(), 0);
  EXPECT_EQ(way.decide(seen(Health::kUp, true, true), now), Turn::kStay);
  EXPECT_EQ(way.decide(uncalled(Health::kUp), now), Turn::kToUdp);
  EXPECT_EQ(way.port(), 0);
}

TEST(RelayWay, ComesBackAWhileAfterUdpIsHeard) {
  RelayWay way = over_tls(kStart);
  EXPECT_EQ(way.decide(seen(Health::kUp, true, true), kStart + seconds(14)), Turn::kStay);
  EXPECT_TRUE(way.wants_call(seen(Health::kUp, true, true)));
  EXPECT_EQ(way.decide(seen(Health::kUp, true, false), kStart + seconds(500)), Turn::kStay);
  come_back(way, kStart + seconds(500));
}

TEST(RelayWay, UdpThatFailsAgainSoonIsTrustedLater) {
  RelayWay way = over_tls(kStart);
  auto now = kStart;
  for (const int hold : {15, 30, 60, 120, 240, 480, 900, 900}) {
    EXPECT_EQ(way.decide(seen(Health::kUp, true, true), now + seconds(hold - 1)), Turn::kStay);
    EXPECT_TRUE(way.wants_call(seen(Health::kUp, true, true))) << hold;
    now += seconds(hold);
    come_back(way, now);
    now += seconds(5);
    EXPECT_EQ(way.decide(seen(Health::kDown, true), now), Turn::kToTcp);
  }
  now += seconds(900);
  come_back(way, now);
  now += seconds(100);
  EXPECT_EQ(way.decide(seen(Health::kDown, true), now), Turn::kToTcp) << "it went well for long";
  come_back(way, now + seconds(15));
}

TEST(RelayWay, UdpIsTakenAtOnceWhereTlsIsGone) {
  RelayWay way = over_tls(kStart);
  EXPECT_EQ(way.decide(seen(Health::kDown, false, true), kStart + seconds(2)), Turn::kStay);
  EXPECT_FALSE(way.wants_call(seen(Health::kDown, false, true)));
  EXPECT_EQ(way.decide(uncalled(Health::kDown), kStart + seconds(2)), Turn::kToUdp);
}

TEST(RelayWay, ADeviceThatWasCalledBackIsCalledAgain) {
  RelayWay way = over_tls(kStart);
  EXPECT_EQ(way.decide(seen(Health::kDown, true), kStart + seconds(1)), Turn::kStay);
  EXPECT_EQ(way.decide(seen(Health::kDown, true), kStart + seconds(3)), Turn::kToTcp);
  EXPECT_EQ(way.decide(seen(Health::kUp, true), kStart + seconds(9)), Turn::kStay);
}

TEST(RelayWay, AnotherProcessHasAnotherPort) {
  RelayWay way = over_tls(kStart);
  EXPECT_EQ(way.decide(uncalled(Health::kDown), kStart + seconds(1)), Turn::kStay);
  EXPECT_EQ(way.decide(seen(Health::kDown, false, false, 50'000), kStart + seconds(1)), Turn::kStay);
  EXPECT_EQ(way.decide(seen(Health::kDown, true, false, 50'000), kStart + seconds(1)), Turn::kToTcp);
  EXPECT_EQ(way.port(), 50'000);
}

TEST(RelayWay, ADaemonGoesOnAsTheOneBefore) {
  RelayWay way(true, kStart);
  EXPECT_TRUE(way.wants_call(uncalled(Health::kUnknown)));
  EXPECT_EQ(way.decide(seen(Health::kUnknown, true), kStart), Turn::kToTcp);
}

Document with_relay() {
  Document document;
  document.reachability.emplace();
  document.reachability->relays.push_back({.name = "eu", .config = "eu.conf"});
  UsedRelay& relay = document.reachability->relays.back();
  relay.device = "relay-eu";
  relay.dial = *parse_endpoint("203.0.113.1:51830");
  relay.tls = *parse_endpoint("203.0.113.1:443");
  Interface device;
  device.name = "relay-eu";
  Wireguard made;
  made.tunnel.peers[WireguardKey{}].dial = relay.dial;
  device.made = made;
  document.interfaces.push_back(device);
  return document;
}

std::optional<Endpoint> dialled(const Document& document) {
  return std::get<Wireguard>(document.interfaces.front().made).tunnel.peers.begin()->second.dial;
}

TEST(RelayCalls, TheDocumentSaysWhereTheTunnelGoesNow) {
  Document document = with_relay();
  RelayCalls calls;
  calls.add("eu", false);
  EXPECT_EQ(calls.order(document, {{"eu", Health::kUp}}), RelayTcpOrder());
  EXPECT_EQ(calls.order(document, {{"eu", Health::kDown}}).calls,
            std::vector({RelayTcpCall{"eu", *parse_endpoint("203.0.113.1:443")}}));
  calls.note({.troubles = {}, .calls = {*seen(Health::kDown, true).call}});
  const auto turns = calls.decide(document, {{"eu", Health::kDown}}, kStart);
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(to_string(turns.front().to), "127.0.0.1:40000");
  calls.settle(document);
  EXPECT_TRUE(document.reachability->relays.front().by_tcp);
  EXPECT_EQ(dialled(document), turns.front().to);
  calls.forget("eu");
  calls.settle(document);
  EXPECT_EQ(to_string(*dialled(document)), "203.0.113.1:51830");
  EXPECT_FALSE(document.reachability->relays.front().by_tcp);
}

TEST(RelayCalls, ARelayListensWhereItsDocumentSaysSo) {
  Document document;
  EXPECT_FALSE(RelayCalls().order(document, {}).listen);
  document.relay.emplace();
  EXPECT_FALSE(RelayCalls().order(document, {}).listen);
  document.relay->tcp = 443;
  EXPECT_EQ(RelayCalls().order(document, {}).listen, (RelayTcpListen{443, 51830}));
}

}   // namespace
}   // namespace sluice::test
