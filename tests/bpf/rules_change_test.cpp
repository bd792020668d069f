// SPDX-License-Identifier: GPL-2.0-or-later
// Rules that change under live flows, flows that expire, and the garbage collection that ends both kinds.
#include <algorithm>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

class RulesChange : public HookTest {
 protected:
  const Layers udp = Ip4{.src = kInside, .dst = kFar} / Udp{};
  static constexpr auto kRoute = "192.168.10.2:40000 > 198.51.100.7:53";

  void apply(const std::string& policies, const std::string& masquerade) {
    Rules rules = home_rules();
    rules.policies = policies;
    rules.masquerade = masquerade;
    lab.apply(document_of(rules));
  }
  void forbid() { apply("", home_rules().masquerade); }
  std::string object_name(uint32_t number) {
    const auto all = lab.engine().objects().value();
    const auto at = std::ranges::find(all, number, &ObjectCount::number);
    return at == all.end() ? "" : at->name;
  }
  uint32_t gc(Engine::Gc what) { return lab.engine().gc(what).value(); }
};
ON_BOTH_HOOKS(RulesChange);

TEST_P(RulesChange, TheNextPacketOfAFlowThatIsNoLongerAllowedIsDropped) {
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  forbid();
  EXPECT_EQ(from_lan(udp).what, "dropped: POLICY");
  EXPECT_TRUE(flow_rows(lab).empty());
  EXPECT_TRUE(mapping_rows(lab, "nat_inside").empty()) << "the mapping goes with the last flow";
}

TEST_P(RulesChange, SoIsTheNextAnswer) {
  const View seen = from_lan(udp).view();
  forbid();
  EXPECT_EQ(from_wan(answer_to(seen)).what, "dropped: POLICY");
  EXPECT_TRUE(flow_rows(lab).empty());
}

TEST_P(RulesChange, AnEstablishedConnectionThatIsStillAllowedKeepsItsPort) {
  const Layers again = Ip4{.src = kInside, .dst = kFar} / Udp{.sport = 40000};
  use({R"({ "name": "all", "from": "lan", "to": "internet", "action": "accept" })",
       R"({ "name": "out", "from": "lan", "to": "internet", "ports": "50000-50100" })", "", "", ""});
  const std::string route = from_lan(again).view().route();
  apply(R"({ "name": "other", "from": "lan", "to": "internet", "action": "accept" })",
        R"({ "name": "out", "from": "lan", "to": "internet", "ports": "50000-50100" })");
  EXPECT_EQ(from_lan(again).view().route(), route);
  const FlowRow row = find_flow(lab, kRoute).value();
  EXPECT_EQ(row.flow.packets, 2u);
  EXPECT_EQ(object_name(row.flow.policy), "other") << "it is known by the policy of now";
}

TEST_P(RulesChange, WithoutItsMasqueradeAFlowEnds) {
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  apply(R"({ "name": "all", "from": "lan", "to": "internet", "action": "accept" })", "");
  const Outcome outcome = from_lan(udp);
  EXPECT_EQ(outcome.what, "forwarded");
  EXPECT_EQ(outcome.view().src, kInside) << "what the document says now";
  EXPECT_TRUE(mapping_rows(lab, "nat_inside").empty());
}

TEST_P(RulesChange, AForwardThatMovesTakesNewPacketsAtOnce) {
  const Layers request = Ip4{.src = kFar, .dst = kWanAddress} / Udp{};
  ASSERT_EQ(from_wan(request).view().dst, kSecond);
  Rules rules = home_rules();
  rules.forwards =
      R"({ "name": "dns", "listen": "203.0.113.1", "protocol": "udp", "ports": 53, "to": "192.168.10.2:5353" })";
  lab.apply(document_of(rules));
  EXPECT_EQ(from_wan(request).view().dst, kInside) << "nothing sticks to a dead target";
}

TEST_P(RulesChange, RulesThatAreTakenBackAllowWhatTheyAllowed) {
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  forbid();
  lab.apply(home_document());
  EXPECT_EQ(from_lan(udp).what, "forwarded");
  EXPECT_EQ(find_flow(lab, kRoute)->flow.packets, 2u) << "no packet came between: the same flow";
}

TEST_P(RulesChange, ZonesAreComparedAfterAChangeToo) {
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  apply(R"({ "name": "all", "from": "lan", "to": "internet", "action": "accept" })", home_rules().masquerade);
  EXPECT_EQ(from(At::kDmz, udp).what, "dropped: WRONG_ZONE");
}

TEST_P(RulesChange, TheSweeperEndsWhatIsNoLongerAllowed) {
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  ASSERT_EQ(from_lan(Ip6{.src = kInside6, .dst = kFar6} / Tcp{}).what, "forwarded");
  EXPECT_EQ(gc(Engine::Gc::kDisallowed), 0u);
  forbid();
  EXPECT_EQ(gc(Engine::Gc::kDisallowed), 2u);
  EXPECT_TRUE(flow_rows(lab).empty());
  EXPECT_TRUE(mapping_rows(lab, "nat_outside").empty());
}

TEST_P(RulesChange, TheSweeperLeavesWhatIsAllowed) {
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  ASSERT_EQ(lab.leave(At::kWan, Ip4{.src = kWanAddress, .dst = kFar} / Udp{.sport = 5}).what, "from host");
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kLanAddress} / Echo{}).what, "to host");
  apply(R"({ "name": "all", "from": "lan", "to": ["internet", "host"], "action": "accept" })",
        home_rules().masquerade);
  EXPECT_EQ(gc(Engine::Gc::kDisallowed), 0u);
  EXPECT_EQ(flow_rows(lab).size(), 6u);
}

TEST_P(RulesChange, TheSweeperEndsExpiredFlowsAndTheirMapping) {
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kOutside} / Udp{}).what, "forwarded");
  EXPECT_EQ(mapping_rows(lab, "nat_inside").size(), 1u) << "one mapping for both (RFC 4787 REQ-1)";
  age_flow(lab, kRoute, 121);
  EXPECT_EQ(gc(Engine::Gc::kExpired), 1u);
  EXPECT_EQ(mapping_rows(lab, "nat_inside").size(), 1u) << "the other flow still uses it";
  age_flow(lab, "192.168.10.2:40000 > 203.0.113.9:53", 121);
  EXPECT_EQ(gc(Engine::Gc::kExpired), 1u);
  EXPECT_TRUE(mapping_rows(lab, "nat_inside").empty());
}

struct Lifetime {
  const char* name;
  Layers packet;
  bool answered;
  uint32_t seconds;
};

// Just before its time a flow lives, just after it does not: by garbage collection, and by the packet itself.
TEST_P(RulesChange, EachProtocolLivesAsLongAsTheDocumentSays) {
  const Ip4 ip{.src = kInside, .dst = kFar};
  const Lifetime lives[] = {{"one-way UDP", ip / Udp{}, false, 120},
                            {"UDP", ip / Udp{}, true, 300},
                            {"a half-open TCP", ip / Tcp{}, false, 240},
                            {"echo", ip / Echo{}, true, 60},
                            {"GRE", ip / Gre{}, true, 300},
                            {"UDP-Lite", ip / UdpLite{}, true, 300}};
  for (const auto& [name, packet, answered, seconds] : lives) {
    lab.forget();
    const std::string route = View(lab.framed(At::kLan, packet)).route();
    const View seen = from_lan(packet).view();
    if (answered) from_wan(answer_to(seen));
    age_flow(lab, route, seconds - 2);
    EXPECT_EQ(gc(Engine::Gc::kExpired), 0u) << name;
    age_flow(lab, route, 3);
    EXPECT_EQ(gc(Engine::Gc::kExpired), 1u) << name;
  }
}

TEST_P(RulesChange, AnExpiredFlowIsNotContinuedByItsNextPacket) {
  const View seen = from_lan(udp).view();
  age_flow(lab, kRoute, 121);
  EXPECT_EQ(from_wan(answer_to(seen)).what, "dropped: POLICY") << "the hole is closed, collected or not";
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  age_flow(lab, kRoute, 121);
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  EXPECT_EQ(find_flow(lab, kRoute)->flow.packets, 1u) << "a new flow";
}

// Clocks of two CPUs differ by a tick: a flow that another CPU has just seen is not an old one.
TEST_P(RulesChange, AStampOfTheNextTickIsNotAnExpiredOne) {
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  age_flow(lab, kRoute, 130);   // the answers' direction has been silent since
  FlowRow row = find_flow(lab, kRoute).value();
  row.flow.stamp = lab.jiffies() + 5 * lab.tables().config->hz;
  row.flow.packets = 1000;
  put_flow(lab, row);
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  EXPECT_EQ(find_flow(lab, kRoute)->flow.packets, 1001u) << "it went on";
}

TEST_P(RulesChange, TheCountersOfARuleKeepWhatEndedFlowsCarried) {
  ASSERT_EQ(from_lan(udp).what, "forwarded");
  const auto flows_of_out = [&] {
    const auto all = lab.engine().objects().value();
    for (const ObjectCount& object : all)
      if (object.name == "out") return object;
    return ObjectCount{};
  };
  const ObjectCount before = flows_of_out();
  age_flow(lab, kRoute, 121);
  ASSERT_EQ(gc(Engine::Gc::kExpired), 1u);
  const ObjectCount after = flows_of_out();
  EXPECT_EQ(after.packets, before.packets) << "live counts become kept ones";
  EXPECT_EQ(after.bytes, before.bytes);
  EXPECT_EQ(after.flows, before.flows);
}

}   // namespace
}   // namespace sluice::test
