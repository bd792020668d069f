// SPDX-License-Identifier: GPL-2.0-or-later
// Inside hosts that meet by their outside endpoints (RFC 4787 REQ-9, RFC 5382 REQ-8).
#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

constexpr uint16_t kInsidePort = 4444;

class Hairpin : public HookTest {
 protected:
  Outcome udp(const char* from, uint16_t port, const char* to, uint16_t dport) {
    return from_lan(Ip4{.src = from, .dst = to} / Udp{.sport = port, .dport = dport});
  }
  // The owner of 203.0.113.1:4444 is .2.
  void make_mapping() { ASSERT_EQ(udp(kInside, kInsidePort, kFar, 53).view().sport, kInsidePort); }
  size_t flow_count() { return flow_rows(lab).size(); }
};
ON_BOTH_HOOKS(Hairpin);

TEST_P(Hairpin, TheOwnerSeesTheSendersOutsideEndpoint) {
  make_mapping();
  const Outcome there = udp(kSecond, 5000, kWanAddress, kInsidePort);
  ASSERT_EQ(there.what, "forwarded");
  EXPECT_EQ(there.view().route(), "203.0.113.1:5000 > 192.168.10.2:4444");
  EXPECT_EQ(there.view().flaws(), "");
  EXPECT_EQ(from_lan(answer_to(there.view())).view().route(), "203.0.113.1:4444 > 192.168.10.3:5000");
}

TEST_P(Hairpin, ItIsTheEndpointThatTheSenderHasOutside) {
  make_mapping();
  const uint16_t outside = udp(kSecond, kInsidePort, kFar, 53).view().sport;
  ASSERT_NE(outside, kInsidePort);
  EXPECT_EQ(udp(kSecond, kInsidePort, kWanAddress, kInsidePort).view().sport, outside);
  EXPECT_EQ(udp(kInside, kInsidePort, kWanAddress, outside).view().route(),
            "203.0.113.1:4444 > 192.168.10.3:4444")
      << "and the other way round, as peers do that punch holes";
  EXPECT_EQ(udp(kSecond, kInsidePort, kWanAddress, 30001).view().sport, outside) << "to a forward too";
}

TEST_P(Hairpin, WorksForTcp) {
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.sport = kInsidePort}).what, "forwarded");
  const Layers syn = Ip4{.src = kSecond, .dst = kWanAddress} / Tcp{.sport = 5000, .dport = kInsidePort};
  const View seen = from_lan(syn).view();
  ASSERT_EQ(seen.route(), "203.0.113.1:5000 > 192.168.10.2:4444");
  EXPECT_EQ(from_lan(answer_to(seen, kSyn | kAck)).view().route(), "203.0.113.1:4444 > 192.168.10.3:5000");
}

TEST_P(Hairpin, WorksForIpv6) {
  ASSERT_EQ(from(At::kDmz, Ip6{.src = kDmz6, .dst = kFar6} / Udp{.sport = kInsidePort}).what, "forwarded");
  const Ip6 other{.src = "2001:db8:20::3", .dst = kWanAddress6};
  EXPECT_EQ(from(At::kDmz, other / Udp{.sport = 5000, .dport = kInsidePort}).view().route(),
            "[2001:db8:f::1]:5000 > [2001:db8:20::2]:4444");
}

TEST_P(Hairpin, AHostReachesItsOwnMapping) {
  make_mapping();
  EXPECT_EQ(udp(kInside, 5000, kWanAddress, kInsidePort).view().route(),
            "203.0.113.1:5000 > 192.168.10.2:4444");
}

TEST_P(Hairpin, ASocketReachesItself) {
  make_mapping();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(udp(kInside, kInsidePort, kWanAddress, kInsidePort).view().route(),
              "203.0.113.1:4444 > 192.168.10.2:4444");
  EXPECT_EQ(flow_count(), 3u) << "one entry is both directions";
  EXPECT_EQ(lab.engine().mappings().value().at(0).flows, 3u) << "as sender, as receiver, and its first one";
  EXPECT_EQ(state_flaws(lab), "");
  lab.apply(home_document());
  age_flow(lab, "192.168.10.2:4444 > 203.0.113.1:4444", 1000);
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kExpired).value(), 1u);
  EXPECT_EQ(flow_count(), 2u);
}

// The port cannot change hands under it.
TEST_P(Hairpin, HoldsTheMappingThatItWasSentTo) {
  make_mapping();
  ASSERT_EQ(udp(kSecond, 5000, kWanAddress, kInsidePort).what, "forwarded");
  age_flow(lab, "192.168.10.2:4444 > 198.51.100.7:53", 1000);
  ASSERT_EQ(lab.engine().gc(Engine::Gc::kExpired).value(), 1u);
  EXPECT_NE(udp(kSecond, kInsidePort, kFar, 53).view().sport, kInsidePort);
  EXPECT_EQ(udp(kSecond, 5000, kWanAddress, kInsidePort).what, "forwarded");
}

TEST_P(Hairpin, OutlivesAChangeOfRules) {
  make_mapping();
  ASSERT_EQ(udp(kSecond, 5000, kWanAddress, kInsidePort).what, "forwarded");
  Rules rules = home_rules();
  rules.forwards = "";
  lab.apply(document_of(rules));
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kDisallowed).value(), 0u);
  ASSERT_EQ(udp(kSecond, 5000, kWanAddress, kInsidePort).what, "forwarded");
  EXPECT_EQ(find_flow(lab, "192.168.10.3:5000 > 203.0.113.1:4444")->flow.packets, 2u) << "the same flow";
}

// Another inside zone is no outsider, and no neighbour either: the policy between the zones speaks.
TEST_P(Hairpin, PoliciesSpeakBetweenInsideZones) {
  make_mapping();
  const Layers from_dmz = Ip4{.src = kDmz, .dst = kWanAddress} / Udp{.sport = 5000, .dport = kInsidePort};
  EXPECT_EQ(from(At::kDmz, from_dmz).what, "dropped: POLICY");
  Rules rules = home_rules();
  rules.policies += R"(, { "name": "dmz-lan", "from": "dmz", "to": "lan", "action": "accept" })";
  lab.apply(document_of(rules));
  const Outcome there = from(At::kDmz, from_dmz);
  ASSERT_EQ(there.what, "forwarded");
  EXPECT_EQ(there.view().route(), "203.0.113.1:5000 > 192.168.10.2:4444");
  EXPECT_EQ(from_lan(answer_to(there.view())).view().route(), "203.0.113.1:4444 > 172.20.1.2:5000");
}

TEST_P(Hairpin, AnIsolatedZoneStaysIsolated) {
  Rules rules = home_rules();
  rules.more = R"(, "zones": { "lan": { "isolated": true } })";
  use(rules);
  make_mapping();
  EXPECT_EQ(udp(kSecond, 5000, kWanAddress, kInsidePort).what, "dropped: POLICY");
}

TEST_P(Hairpin, WhereNobodyHasThePortItIsTheGateways) {
  make_mapping();
  EXPECT_EQ(udp(kSecond, 5000, kWanAddress, kInsidePort + 1).what, "answered: REJECT");
}

TEST_P(Hairpin, ThroughAPoolEachHasItsOwnAddress) {
  Rules rules = home_rules();
  rules.masquerade =
      R"({ "name": "out", "from": "lan", "to": "internet", "addresses": ["203.0.113.32/28"] })";
  use(rules);
  const View owner = udp(kInside, kInsidePort, kFar, 53).view(), sender = udp(kSecond, 5000, kFar, 53).view();
  const View seen = udp(kSecond, 5000, owner.src.c_str(), owner.sport).view();
  EXPECT_EQ(seen.src, sender.src);
  EXPECT_EQ(seen.sport, sender.sport);
  EXPECT_EQ(seen.dst, kInside);
}

}   // namespace
}   // namespace sluice::test
