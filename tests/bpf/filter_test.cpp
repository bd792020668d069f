// SPDX-License-Identifier: GPL-2.0-or-later
// Who of the outside may send to a mapping (RFC 4787 section 5, RFC 5382 REQ-3 and REQ-4).
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>

#include "maps/budget.h"
#include "support/answers.hpp"
#include "support/bpf_test.hpp"
#include "support/local_socket.hpp"

namespace sluice::test {
namespace {

constexpr uint16_t kPort = 4444;

class Filtering : public HookTest {
 protected:
  static Rules rules(const std::string& kind) {
    Rules rules = home_rules();
    const std::string more = kind.empty() ? "" : fmt::format(R"(, "filtering": "{}")", kind);
    rules.masquerade = fmt::format(R"({{ "name": "out", "from": "lan", "to": ["internet", "bare"] {0} }},
      {{ "name": "dmz-both", "from": "dmz", "to": "internet", "family": "both" {0} }})",
                                   more);
    return rules;
  }
  void filter(const std::string& kind) { use(rules(kind)); }
  // Everybody is let in, to one of these addresses.
  void pool(const std::string& addresses) {
    Rules rules = home_rules();
    rules.masquerade = fmt::format(R"({{ "name": "out", "from": "lan", "to": ["internet", "bare"],
      "filtering": "endpoint-independent", "addresses": "{}" }})",
                                   addresses);
    use(rules);
  }
  void change_to(const std::string& kind) { lab.apply(document_of(rules(kind))); }

  Outcome ask(const char* to = kFar, uint16_t port = 53) {
    return from_lan(Ip4{.src = kInside, .dst = to} / Udp{.sport = kPort, .dport = port});
  }
  Outcome call(const char* from, uint16_t port) {
    return from_wan(Ip4{.src = from, .dst = kWanAddress} / Udp{.sport = port, .dport = kPort});
  }
  Outcome syn(const char* from, uint16_t port) {
    return from_wan(Ip4{.src = from, .dst = kWanAddress} / Tcp{.sport = port, .dport = kPort});
  }
  std::string object_name(uint32_t number) {
    const auto all = lab.engine().objects().value();
    const auto at = std::ranges::find(all, number, &ObjectCount::number);
    return at == all.end() ? "" : at->name;
  }
};
ON_BOTH_HOOKS(Filtering);

TEST_P(Filtering, EndpointIndependentLetsEverybodyIn) {
  filter("endpoint-independent");
  ASSERT_EQ(ask().what, "forwarded");
  const Outcome in = call(kOutside, 9999);
  ASSERT_EQ(in.what, "forwarded");
  EXPECT_EQ(in.view().route(), "203.0.113.9:9999 > 192.168.10.2:4444");
  EXPECT_EQ(in.view().flaws(), "");
  EXPECT_EQ(from_lan(answer_to(in.view())).view().route(), "203.0.113.1:4444 > 203.0.113.9:9999");
  EXPECT_EQ(call(kOutside, 9999).what, "forwarded") << "and again";
}

// Both are looked for: what the gateway has itself, and what only a route leads to it.
TEST_P(Filtering, PoolsLetEverybodyInWhereverTheirAddressesAre) {
  for (const char* pool_address : {"203.0.113.88", "198.51.100.200"}) {
    pool(pool_address);
    ASSERT_EQ(ask().what, "forwarded") << pool_address;
    const Outcome in =
        from_wan(Ip4{.src = kOutside, .dst = pool_address} / Udp{.sport = 9999, .dport = kPort});
    ASSERT_EQ(in.what, "forwarded") << pool_address;
    EXPECT_EQ(in.view().route(), "203.0.113.9:9999 > 192.168.10.2:4444");
  }
}

TEST_P(Filtering, WhatComesInIsOfTheMasquerade) {
  filter("endpoint-independent");
  ASSERT_EQ(ask().what, "forwarded");
  ASSERT_EQ(call(kOutside, 9999).what, "forwarded");
  const FlowRow row = find_flow(lab, "203.0.113.9:9999 > 203.0.113.1:4444").value();
  EXPECT_EQ(object_name(row.flow.nat), "out");
  EXPECT_EQ(object_name(row.flow.policy), "out") << "it needs no policy";
  EXPECT_EQ(lab.engine().mappings().value().at(0).flows, 2u);
}

TEST_P(Filtering, WithoutAMappingNothingIsOpen) {
  filter("endpoint-independent");
  EXPECT_EQ(call(kOutside, 9999).what, "dropped: POLICY");
  ASSERT_EQ(ask().what, "forwarded");
  EXPECT_EQ(from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Udp{.sport = 9, .dport = 4445}).what,
            "dropped: POLICY");
  EXPECT_EQ(syn(kOutside, 9).what, "dropped: POLICY") << "TCP has ports of its own";
}

TEST_P(Filtering, AddressDependentLetsEveryPortOfAPeerIn) {
  filter("address-dependent");
  ASSERT_EQ(ask().what, "forwarded");
  EXPECT_EQ(call(kFar, 9999).view().route(), "198.51.100.7:9999 > 192.168.10.2:4444");
  EXPECT_EQ(call(kOutside, 53).what, "dropped: FILTERED");
  ASSERT_EQ(ask(kOutside, 7).what, "forwarded");
  EXPECT_EQ(call(kOutside, 53).what, "forwarded") << "it was sent to meanwhile";
}

TEST_P(Filtering, TheFilterShutsWithTheLastFlowToThePeer) {
  filter("address-dependent");
  ASSERT_EQ(ask().what, "forwarded");
  ASSERT_EQ(ask(kFar, 54).what, "forwarded");
  ASSERT_EQ(ask(kOutside, 7).what, "forwarded");
  for (const char* route : {"192.168.10.2:4444 > 198.51.100.7:53", "192.168.10.2:4444 > 198.51.100.7:54"}) {
    EXPECT_EQ(call(kFar, 55).what, "forwarded");
    age_flow(lab, "198.51.100.7:55 > 203.0.113.1:4444", 1000);
    age_flow(lab, route, 1000);
    ASSERT_EQ(lab.engine().gc(Engine::Gc::kExpired).value(), 2u);
  }
  EXPECT_EQ(call(kFar, 55).what, "dropped: FILTERED");
  EXPECT_EQ(call(kOutside, 8).what, "forwarded") << "the other peer's stands";
}

// What is left of the table when it is half full is shared: a host has an eighth of it for sure.
TEST_P(Filtering, AHostsPeersLeaveRoomForOthers) {
  filter("address-dependent");
  ASSERT_EQ(ask().what, "forwarded");
  const sl_budget much{.since = 0, .count = 1 << 30};
  for (uint32_t row = SL_BUDGET_PEERS; row < SL_BUDGETS; ++row) {
    sl_budget used{};
    ASSERT_EQ(bpf_map_lookup_elem(lab.map("budgets"), &row, &used), 0);
    if (used.count) bpf_map_update_elem(lab.map("budgets"), &row, &much, BPF_ANY);
  }
  EXPECT_EQ(call(kFar, 9999).what, "forwarded");
  ASSERT_EQ(ask(kOutside, 7).what, "forwarded") << "only its other ports are shut";
  EXPECT_EQ(call(kOutside, 53).what, "dropped: FILTERED");
  ASSERT_EQ(from_lan(Ip4{.src = kSecond, .dst = kFar} / Udp{.sport = 4445, .dport = 53}).what, "forwarded");
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 9999, .dport = 4445}).what,
            "forwarded");
  lab.forget();
}

TEST_P(Filtering, ByDefaultOnlyTheEndpointThatWasAskedMayAnswer) {
  for (const char* kind : {"", "address-and-port-dependent"}) {
    filter(kind);
    const View seen = ask().view();
    EXPECT_EQ(call(kFar, 54).what, "dropped: FILTERED");
    EXPECT_EQ(call(kOutside, 53).what, "dropped: FILTERED");
    EXPECT_EQ(from_wan(answer_to(seen)).what, "forwarded");
  }
}

TEST_P(Filtering, OfIpv6IsTheSame) {
  const Ip6 in{.src = "2001:db8:f::9", .dst = kWanAddress6};
  const Udp datagram{.sport = 9, .dport = kPort};
  for (const char* kind : {"endpoint-independent", "address-dependent"}) {
    filter(kind);
    ASSERT_EQ(from(At::kDmz, Ip6{.src = kDmz6, .dst = kFar6} / Udp{.sport = kPort}).what, "forwarded");
    EXPECT_EQ(from_wan(Ip6{.src = kFar6, .dst = kWanAddress6} / datagram).view().dst, kDmz6);
    EXPECT_EQ(from_wan(in / datagram).what,
              std::string(kind) == "address-dependent" ? "dropped: FILTERED" : "forwarded");
  }
}

TEST_P(Filtering, AFlowThatCameInHoldsTheMapping) {
  filter("endpoint-independent");
  ASSERT_EQ(ask().what, "forwarded");
  ASSERT_EQ(call(kOutside, 9999).what, "forwarded");
  age_flow(lab, "192.168.10.2:4444 > 198.51.100.7:53", 1000);
  ASSERT_EQ(lab.engine().gc(Engine::Gc::kExpired).value(), 1u);
  EXPECT_EQ(call(kFar, 1).what, "forwarded") << "the mapping is in use";
  EXPECT_EQ(ask().view().sport, kPort);
}

// RFC 5382 REQ-4: the SYN gets no answer, and the inside may open meanwhile.
TEST_P(Filtering, AnUnsolicitedSynGetsNoAnswer) {
  const Layers out = Ip4{.src = kInside, .dst = kFar} / Tcp{.sport = kPort, .dport = 7};
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kOutside} / Tcp{.sport = kPort}).what, "forwarded");
  EXPECT_EQ(syn(kFar, 7).what, "dropped: FILTERED");
  EXPECT_EQ(from_lan(out).what, "forwarded");
  EXPECT_EQ(syn(kFar, 7).what, "forwarded") << "simultaneous open (RFC 5382 REQ-2)";
}

TEST_P(Filtering, TcpOpensWithASynOnly) {
  filter("endpoint-independent");
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.sport = kPort}).what, "forwarded");
  EXPECT_EQ(
      from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Tcp{.sport = 7, .dport = kPort, .flags = kAck})
          .what,
      "dropped: NO_FLOW");
  const Outcome in = syn(kOutside, 7);
  ASSERT_EQ(in.what, "forwarded");
  EXPECT_EQ(from_lan(answer_to(in.view(), kSyn | kAck)).what, "forwarded");
  EXPECT_EQ(
      from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Tcp{.sport = 7, .dport = kPort, .flags = kAck})
          .what,
      "forwarded");
  EXPECT_EQ(phase_of(lab, "203.0.113.9:7 > 203.0.113.1:4444"), "established");
}

// A query's id is its sender's own; only an answer names the mapping by it.
TEST_P(Filtering, IcmpAnswersFindTheirMappingById) {
  const Ip4 in{.src = kOutside, .dst = kWanAddress};
  const Layers ping = Ip4{.src = kInside, .dst = kFar} / Echo{.id = 77};
  for (const char* kind : {"endpoint-independent", ""}) {
    filter(kind);
    ASSERT_EQ(from_lan(ping).what, "forwarded");
    EXPECT_EQ(from_wan(in / Echo{.reply = true, .id = 77}).what, *kind ? "forwarded" : "dropped: FILTERED");
    EXPECT_EQ(from_wan(in / Echo{.id = 77}).what, "to host");
  }
}

TEST_P(Filtering, AForwardIsMoreSpecial) {
  filter("endpoint-independent");
  ASSERT_EQ(ask().what, "forwarded");
  Rules with_forward = rules("endpoint-independent");
  with_forward.forwards =
      R"({ "name": "here", "listen": "203.0.113.1", "protocol": "udp", "ports": 4444, "to": "192.168.10.3" })";
  lab.apply(document_of(with_forward));
  EXPECT_EQ(call(kOutside, 1).view().dst, kSecond);
}

TEST_P(Filtering, ASocketOfTheGatewayWinsNewFlows) {
  filter("endpoint-independent");
  ASSERT_EQ(ask().what, "forwarded");
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.sport = kPort}).what, "forwarded");
  ASSERT_EQ(call(kOutside, 1).what, "forwarded");
  const LocalSocket datagrams = LocalSocket::udp(kWanAddress, kPort),
                    listener = LocalSocket::tcp(kWanAddress, kPort);
  EXPECT_EQ(call(kOutside, 2).what, "dropped: POLICY") << "as if there were no mapping";
  EXPECT_EQ(syn(kOutside, 2).what, "dropped: POLICY");
  EXPECT_EQ(call(kOutside, 1).what, "forwarded") << "a flow goes on";
  change_to("endpoint-independent");
  EXPECT_EQ(call(kOutside, 1).what, "forwarded");
}

TEST_P(Filtering, AnotherZoneDoesNotPassByThisOnesFilter) {
  filter("endpoint-independent");
  ASSERT_EQ(ask().what, "forwarded");
  EXPECT_EQ(
      from(At::kBare, Ip4{.src = "198.18.0.5", .dst = kWanAddress} / Udp{.sport = 1, .dport = kPort}).what,
      "dropped: FILTERED");
}

TEST_P(Filtering, AStricterFilterEndsWhatCameIn) {
  filter("endpoint-independent");
  const View seen = ask().view();
  ASSERT_EQ(call(kOutside, 1).what, "forwarded");
  change_to("");
  EXPECT_EQ(call(kOutside, 1).what, "dropped: FILTERED");
  EXPECT_EQ(from_wan(answer_to(seen)).what, "forwarded") << "what went out goes on";
}

TEST_P(Filtering, TheSameFilterLetsItGoOn) {
  filter("address-dependent");
  ASSERT_EQ(ask().what, "forwarded");
  ASSERT_EQ(call(kFar, 54).what, "forwarded");
  Rules other = rules("address-dependent");
  other.policies = R"({ "name": "other", "from": "lan", "to": "internet", "action": "accept" })";
  lab.apply(document_of(other));
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kDisallowed).value(), 0u);
  EXPECT_EQ(call(kFar, 54).what, "forwarded");
  EXPECT_EQ(find_flow(lab, "198.51.100.7:54 > 203.0.113.1:4444")->flow.packets, 2u) << "the same flow";
}

TEST_P(Filtering, ANewFilterKnowsThePeersOfOldFlows) {
  filter("");
  const View seen = ask().view();
  change_to("address-dependent");
  ASSERT_EQ(from_wan(answer_to(seen)).what, "forwarded");
  EXPECT_EQ(call(kFar, 54).what, "forwarded");
  EXPECT_EQ(call(kOutside, 54).what, "dropped: FILTERED");
}

}   // namespace
}   // namespace sluice::test
