// SPDX-License-Identifier: GPL-2.0-or-later
// Flows of another engine: what is taken over, what is left and why, mappings, idle times and counts.
#include "support/take_over.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "support/answers.hpp"
#include "support/bpf_test.hpp"
#include "support/fill.hpp"

namespace sluice::test {
namespace {

class TakeOver : public HookTest {
 protected:
  static constexpr auto kRoute = "192.168.10.2:40000 > 198.51.100.7:53";

  FlowState flow(const std::string& inside = "192.168.10.2:40000",
                 const std::string& outside = "203.0.113.1:40000",
                 const std::string& far = "198.51.100.7:53") {
    return udp_flow(lab, inside, outside, far);
  }
  TakenOver take(const std::vector<FlowState>& flows) { return take_over_flows(lab, flows, home_document()); }
  std::string left_because(const FlowState& flow) {
    const TakenOver taken = take({flow});
    EXPECT_EQ(taken.taken, 0u);
    return taken.left == 1 ? taken.why.at(0) : "not left";
  }
  uint32_t gc(Engine::Gc what) { return lab.engine().gc(what).value(); }
  Layers from_far(uint16_t port) {
    return Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = port};
  }
};
ON_BOTH_HOOKS(TakeOver);

TEST_P(TakeOver, APortThatOnlyTheOtherEngineChoseIsKept) {
  EXPECT_EQ(take({flow("192.168.10.2:40000", "203.0.113.1:1999")}).taken, 1u);
  EXPECT_EQ(from_wan(from_far(1999)).view().route(), "198.51.100.7:53 > 192.168.10.2:40000");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).view().sport, 1999);
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kOutside} / Udp{}).view().sport, 1999)
      << "new flows of the endpoint use the same mapping";
}

TEST_P(TakeOver, AMappingEndsWithTheLastOfItsFlows) {
  EXPECT_EQ(take({flow(), flow("192.168.10.2:40000", "203.0.113.1:40000", "203.0.113.9:53")}).taken, 2u);
  ASSERT_EQ(mapping_rows(lab, "nat_inside").size(), 1u);
  EXPECT_EQ(mapping_rows(lab, "nat_outside")[0].value.references, 2u);
  age_flow(lab, kRoute, 301);
  EXPECT_EQ(gc(Engine::Gc::kExpired), 1u);
  EXPECT_EQ(mapping_rows(lab, "nat_outside").size(), 1u) << "the other flow still uses it";
  age_flow(lab, "192.168.10.2:40000 > 203.0.113.9:53", 301);
  EXPECT_EQ(gc(Engine::Gc::kExpired), 1u);
  EXPECT_TRUE(mapping_rows(lab, "nat_inside").empty());
  EXPECT_TRUE(lab.engine().mappings().value().empty()) << "its port rests";
}

// Netfilter gives one outside port to two hosts when they talk to different ends.
TEST_P(TakeOver, TwoHostsBehindOneOutsideEndpointGoOn) {
  EXPECT_EQ(take({flow(), flow("192.168.10.3:40000", "203.0.113.1:40000", "203.0.113.9:53")}).taken, 2u);
  EXPECT_EQ(mapping_rows(lab, "nat_inside").size(), 1u);
  EXPECT_EQ(from_wan(from_far(40000)).view().dst, kInside);
  EXPECT_EQ(from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Udp{.sport = 53, .dport = 40000}).view().dst,
            kSecond);
  EXPECT_EQ(from_lan(Ip4{.src = kSecond, .dst = kOutside} / Udp{}).view().sport, 40000);
}

TEST_P(TakeOver, OneEndpointBehindTwoOutsidePortsGoesOn) {
  EXPECT_EQ(take({flow(), flow("192.168.10.2:40000", "203.0.113.1:1999", "203.0.113.9:53")}).taken, 2u);
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).view().sport, 40000);
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kOutside} / Udp{}).view().sport, 1999);
}

TEST_P(TakeOver, AFlowThatIsThereAlreadyStaysAsItIs) {
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).what, "forwarded");
  const TakenOver taken = take({flow()});
  EXPECT_EQ(taken.already, 1u);
  EXPECT_EQ(taken.taken, 0u);
  EXPECT_EQ(find_flow(lab, kRoute)->flow.packets, 1u);
  EXPECT_EQ(mapping_rows(lab, "nat_outside")[0].value.references, 1u);
}

TEST_P(TakeOver, TwiceIsOnce) {
  const std::vector<FlowState> flows{flow(), flow("192.168.10.3:5000", "203.0.113.1:5000")};
  EXPECT_EQ(take(flows).taken, 2u);
  EXPECT_EQ(take(flows).already, 2u);
  EXPECT_EQ(flow_rows(lab).size(), 4u);
}

TEST_P(TakeOver, AnswersOfAnotherFlowAreNotTakenOver) {
  ASSERT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Udp{}).view().sport, 40000);
  EXPECT_EQ(left_because(flow()),
            "flow udp 192.168.10.2:40000 > 198.51.100.7:53 ends: another flow has its addresses and ports");
  EXPECT_EQ(flow_rows(lab).size(), 2u);
}

TEST_P(TakeOver, WhatTheDocumentDoesNotHaveIsLeft) {
  FlowState strange = flow();
  strange.zone_in = 77;
  EXPECT_EQ(left_because(strange),
            "flow udp 192.168.10.2:40000 > 198.51.100.7:53 ends: a zone that the rules do not have");
  strange = flow();
  strange.ifindex_in = lab.index(At::kForeign);
  EXPECT_EQ(left_because(strange),
            "flow udp 192.168.10.2:40000 > 198.51.100.7:53 ends: no interface of the document leads to where "
            "it comes from");
  strange = flow();
  strange.ifindex_out = 0;
  EXPECT_EQ(left_because(strange),
            "flow udp 192.168.10.2:40000 > 198.51.100.7:53 ends: no interface of the document leads to where "
            "it goes");
  use({home_rules().policies, "", "", "", ""});
  const TakenOver taken =
      take_over_flows(lab, {flow()}, document_of({home_rules().policies, "", "", "", ""}));
  EXPECT_EQ(taken.why, std::vector<std::string>{"flow udp 192.168.10.2:40000 > 198.51.100.7:53 ends: no rule "
                                                "translates its source any more"});
  EXPECT_TRUE(flow_rows(lab).empty());
}

TEST_P(TakeOver, AFullTableIsSaid) {
  std::vector<FlowState> flows;
  for (uint16_t port = 1; port <= 30; ++port)
    flows.push_back(flow(fmt::format("192.168.10.2:{}", port), fmt::format("203.0.113.1:{}", 2000 + port)));
  fill_flows(lab);
  const TakenOver taken = take(flows);
  EXPECT_EQ(taken.left, 30u);
  EXPECT_EQ(taken.why.size(), 20u) << "the rest is counted only";
  EXPECT_EQ(taken.why[0], "flow udp 192.168.10.2:1 > 198.51.100.7:53 ends: the flow table is full");
  EXPECT_TRUE(mapping_rows(lab, "nat_inside").empty()) << "mappings are given back";
  EXPECT_TRUE(mapping_rows(lab, "nat_outside").empty());
  lab.forget();
}

TEST_P(TakeOver, WithoutRoomForMappingsFlowsGoOnAllTheSame) {
  fill_mappings(lab);
  EXPECT_EQ(take({flow()}).taken, 1u);
  EXPECT_EQ(from_wan(from_far(40000)).view().dst, kInside);
  lab.forget();
}

TEST_P(TakeOver, ItsIdleTimeGoesOn) {
  FlowState silent = flow();
  silent.idle_seconds = 290;
  EXPECT_EQ(take({silent}).taken, 1u);
  EXPECT_EQ(lab.engine().flows().value().at(0).idle_seconds, 290u);
  EXPECT_EQ(gc(Engine::Gc::kExpired), 0u);
  age_flow(lab, kRoute, 11);
  EXPECT_EQ(gc(Engine::Gc::kExpired), 1u);
  silent.idle_seconds = 300;
  EXPECT_EQ(take({silent}).taken, 1u);
  EXPECT_EQ(from_wan(from_far(40000)).what, "dropped: POLICY") << "its time was over already";
}

TEST_P(TakeOver, AHalfOpenConnectionIsEstablishedByItsThirdPacket) {
  FlowState opening = flow();
  opening.protocol = kTcp;
  opening.phase = FlowPhase::kHalfOpen;
  opening.original.packets = opening.reply.packets = 1;
  EXPECT_EQ(take({opening}).taken, 1u);
  const Tcp third{.dport = 53, .seq = 1001, .ack = 9001, .flags = kAck};
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / third).what, "forwarded");
  EXPECT_EQ(phase_of(lab, kRoute), "established");
}

TEST_P(TakeOver, AConnectionThatWasTakenOverCloses) {
  FlowState connection = flow();
  connection.protocol = kTcp;
  EXPECT_EQ(take({connection}).taken, 1u);
  const Ip4 out{.src = kInside, .dst = kFar}, in{.src = kFar, .dst = kWanAddress};
  EXPECT_EQ(from_lan(out / Tcp{.dport = 53, .seq = 1001, .ack = 9001, .flags = kAck}).what, "forwarded");
  EXPECT_EQ(from_wan(in / Tcp{.sport = 53, .dport = 40000, .seq = 9001, .ack = 1001, .flags = kAck}).what,
            "forwarded");
  EXPECT_EQ(phase_of(lab, kRoute), "established");
  EXPECT_EQ(from_lan(out / Tcp{.dport = 53, .seq = 1001, .ack = 9001, .flags = kFin | kAck}).what,
            "forwarded");
  EXPECT_EQ(
      from_wan(in / Tcp{.sport = 53, .dport = 40000, .seq = 9001, .ack = 1002, .flags = kFin | kAck}).what,
      "forwarded");
  EXPECT_EQ(phase_of(lab, kRoute), "closing");
}

// Nothing is known of its numbers: the first segment may be its last, of either side.
TEST_P(TakeOver, AConnectionThatSpeaksNoMoreButOfItsEndCloses) {
  FlowState connection = flow();
  connection.protocol = kTcp;
  const Ip4 out{.src = kInside, .dst = kFar}, in{.src = kFar, .dst = kWanAddress};
  EXPECT_EQ(take({connection}).taken, 1u);
  EXPECT_EQ(from_lan(out / Tcp{.dport = 53, .seq = 1001, .ack = 9001, .flags = kFin | kAck}).what,
            "forwarded");
  EXPECT_EQ(
      from_wan(in / Tcp{.sport = 53, .dport = 40000, .seq = 9001, .ack = 1002, .flags = kFin | kAck}).what,
      "forwarded");
  EXPECT_EQ(phase_of(lab, kRoute), "closing");
}

TEST_P(TakeOver, AConnectionThatIsResetByEitherSideCloses) {
  FlowState connection = flow();
  connection.protocol = kTcp;
  EXPECT_EQ(take({connection}).taken, 1u);
  const Ip4 out{.src = kInside, .dst = kFar};
  EXPECT_EQ(from_lan(out / Tcp{.dport = 53, .seq = 1001, .ack = 9001, .flags = kRst | kAck}).what,
            "forwarded");
  EXPECT_EQ(phase_of(lab, kRoute), "closing");
}

TEST_P(TakeOver, SctpGoesOnUnlessItsPortWasChanged) {
  FlowState association = flow("192.168.10.2:40000", "203.0.113.1:40000");
  association.protocol = kSctp;
  EXPECT_EQ(take({association}).taken, 1u);
  const Layers next = Ip4{.src = kInside, .dst = kFar} / Sctp{.dport = 53};
  EXPECT_EQ(from_lan(next).view().src, kWanAddress);
  association.reply.destination_port = 1999;
  EXPECT_EQ(
      left_because(association),
      "flow sctp 192.168.10.2:40000 > 198.51.100.7:53 ends: sluice cannot change ports of its protocol");
}

// Other rules, which say the same of these flows: all are judged by them.
void judge_anew(Rules& rules) {
  rules.policies += R"(, { "name": "more)" + std::to_string(rules.policies.size()) +
                    R"(", "from": "dmz", "to": "lan", "action": "drop" })";
  Lab::get().apply(document_of(rules));
}

// The other engine spreads hosts over a pool in its own way.
TEST_P(TakeOver, AnyAddressOfAPoolIsKept) {
  Rules rules = home_rules();
  rules.masquerade =
      R"({ "name": "out", "from": "lan", "to": "internet", "addresses": ["203.0.113.32/30", "203.0.113.100"] })";
  use(rules);
  for (const char* address :
       {"203.0.113.32", "203.0.113.33", "203.0.113.34", "203.0.113.35", "203.0.113.100"}) {
    lab.forget();
    EXPECT_EQ(
        take_over_flows(lab, {flow("192.168.10.2:40000", fmt::format("{}:7", address))}, document_of(rules))
            .taken,
        1u);
    judge_anew(rules);
    EXPECT_EQ(gc(Engine::Gc::kDisallowed), 0u) << address;
    EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{}).view().src, address);
    EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kOutside} / Udp{}).view().src, address)
        << "as its mapping says";
  }
  lab.forget();
  EXPECT_EQ(take_over_flows(lab, {flow("192.168.10.2:40000", "203.0.113.36:7")}, document_of(rules)).taken,
            1u);
  judge_anew(rules);
  EXPECT_EQ(gc(Engine::Gc::kDisallowed), 1u) << "an address that the pool does not have";
}

TEST_P(TakeOver, ConnectionsOfTheGatewayItselfGoOn) {
  const Layers out = Ip4{.src = kWanAddress, .dst = kFar} / Udp{.sport = 5};
  const Layers in = Ip4{.src = kInside, .dst = kLanAddress} / Udp{};
  ASSERT_EQ(lab.leave(At::kWan, out).what, "from host");
  ASSERT_EQ(from_lan(in).what, "to host");
  const auto flows = lab.engine().flows().value();
  lab.forget();
  EXPECT_EQ(take(flows).taken, 2u);
  EXPECT_EQ(gc(Engine::Gc::kDisallowed), 0u);
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 5}).what, "to host");
  EXPECT_EQ(lab.leave(At::kWan, out).what, "from host");
  EXPECT_EQ(
      lab.leave(At::kLan, Ip4{.src = kLanAddress, .dst = kInside} / Udp{.sport = 53, .dport = 40000}).what,
      "from host");
  EXPECT_EQ(from_lan(in).what, "to host");
  EXPECT_EQ(flow_rows(lab).size(), 4u) << "the same two flows";
}

TEST_P(TakeOver, CountsOfTheRulesAreThoseThatWereGiven) {
  FlowState counted = flow();
  const auto number_of = [&](const std::string& name) {
    const auto all = lab.engine().objects().value();
    return std::ranges::find(all, name, &ObjectCount::name)->number;
  };
  const uint32_t policy = counted.policy = number_of("lan-out"), masquerade = number_of("out");
  EXPECT_EQ(take({counted}).taken, 1u);
  ASSERT_TRUE(set_object_counts(lab.tables(), {{policy, SL_OBJECT_POLICY, "lan-out", 7, 1000, 100000},
                                               {masquerade, SL_OBJECT_MASQUERADE, "out", 3, 9, 900}}));
  const auto all = lab.engine().objects().value();
  const ObjectCount& by_policy = *std::ranges::find(all, policy, &ObjectCount::number);
  const ObjectCount& by_nat = *std::ranges::find(all, masquerade, &ObjectCount::number);
  EXPECT_EQ(by_policy.flows, 7u);
  EXPECT_EQ(by_policy.packets, 1000u);
  EXPECT_EQ(by_policy.bytes, 100000u);
  EXPECT_EQ(by_nat.packets, 9u) << "5 and 4 of them are of the live flow";
  EXPECT_EQ(lab.tables().object_counters.find(masquerade).value()->packets, 0u);
}

}   // namespace
}   // namespace sluice::test
