// SPDX-License-Identifier: GPL-2.0-or-later
// Entries of connection tracking as flows, and back.
#include <gtest/gtest.h>

#include "conntrack_entries.hpp"
#include "engine/nft/flow_states.hpp"

namespace sluice {
namespace {

using test::entry_of;
using test::kTranslatedFlows;

const std::vector<ZonePair> kPairs{{},     {1, 2}, {2, 1}, {1, 0}, {0, 2}, {3, 2},
                                   {2, 3}, {3, 3}, {3, 0}, {4, 0}, {0, 3}};
// Zone 3 is in VRF 7, zone 4 in VRF 8, in which the gateway has an address that others' answers come to.
const FlowNumbers kNumbers{kPairs, {0, 0, 0, 7, 8}, {8}};
const Timeouts kTimeouts;

ConntrackEntry marked(const test::TranslatedFlow& flow, uint16_t pair = 1, uint32_t object = 5) {
  ConntrackEntry entry = entry_of(flow);
  entry.mark = pack({3, pair, object});
  return entry;
}

TEST(FlowStates, AnEntryTellsOfItsFlow) {
  ConntrackEntry entry = marked(kTranslatedFlows[0]);
  entry.original_count = {7, 700};
  entry.reply_count = {6, 600};
  const FlowState flow = flow_state(entry, kNumbers, kTimeouts).value();
  EXPECT_EQ(flow.protocol, IPPROTO_UDP);
  EXPECT_EQ(flow.original.source.to_string(), "192.168.10.2");
  EXPECT_EQ(flow.original.source_port, 40000);
  EXPECT_EQ(flow.reply.destination.to_string(), "203.0.113.1");
  EXPECT_EQ(flow.reply.destination_port, 41000);
  EXPECT_EQ(flow.original.packets, 7u);
  EXPECT_EQ(flow.reply.bytes, 600u);
  EXPECT_EQ(flow.zone_in, 1);
  EXPECT_EQ(flow.zone_out, 2);
  EXPECT_EQ(flow.policy, 5u);
  EXPECT_EQ(flow.timeout_seconds, 300u);
  EXPECT_EQ(flow.idle_seconds, 200u) << "100 of its seconds are left";
}

TEST(FlowStates, WhatIsNotOfSluiceIsNone) {
  ConntrackEntry entry = marked(kTranslatedFlows[0]);
  const auto none = [&] { return flow_state(entry, kNumbers, kTimeouts) == std::nullopt; };
  EXPECT_FALSE(none());
  entry.mark = 0;
  EXPECT_TRUE(none());
  entry.mark = pack({3, 0, 5});
  EXPECT_TRUE(none()) << "no pair";
  entry.mark = pack({0, 1, 5});
  EXPECT_TRUE(none()) << "no generation";
  entry.mark = pack({3, 11, 5});
  EXPECT_TRUE(none()) << "a pair that there is not";
  entry = marked(kTranslatedFlows[0]);
  entry.status |= IPS_DYING;
  EXPECT_TRUE(none()) << "about to end";
}

// The rules in force have fewer pairs than those that admitted it: it has to be seen to be ended.
TEST(FlowStates, AFlowOfAPairThatWentIsOfNoZone) {
  FlowNumbers numbers = kNumbers;
  numbers.pairs_before = 12;
  ConntrackEntry entry = marked(kTranslatedFlows[0], 11);
  const auto flow = flow_state(entry, numbers, kTimeouts);
  ASSERT_TRUE(flow);
  EXPECT_EQ(flow->zone_in, kUnknownZone);
  EXPECT_EQ(flow->zone_out, kUnknownZone);
  entry.mark = pack({3, 12, 5});
  EXPECT_FALSE(flow_state(entry, numbers, kTimeouts)) << "no rules had that pair";
}

TEST(FlowStates, PhasesOfTcp) {
  ConntrackEntry entry = marked(kTranslatedFlows[1]);
  const auto phase = [&](uint8_t state) {
    entry.tcp_state = state;
    return flow_state(entry, kNumbers, kTimeouts)->phase;
  };
  for (const uint8_t state :
       {TCP_CONNTRACK_NONE, TCP_CONNTRACK_SYN_SENT, TCP_CONNTRACK_SYN_RECV, TCP_CONNTRACK_SYN_SENT2})
    EXPECT_EQ(phase(state), FlowPhase::kHalfOpen) << int{state};
  EXPECT_EQ(phase(TCP_CONNTRACK_ESTABLISHED), FlowPhase::kEstablished);
  for (const uint8_t state : {TCP_CONNTRACK_FIN_WAIT, TCP_CONNTRACK_CLOSE_WAIT, TCP_CONNTRACK_LAST_ACK,
                              TCP_CONNTRACK_TIME_WAIT, TCP_CONNTRACK_CLOSE})
    EXPECT_EQ(phase(state), FlowPhase::kClosing) << int{state};
}

TEST(FlowStates, TranslatedSequenceNumbersAreThoseOfASynCookie) {
  ConntrackEntry entry = marked(kTranslatedFlows[1]);
  FlowState flow = flow_state(entry, kNumbers, kTimeouts).value();
  EXPECT_FALSE(flow.proxied);
  EXPECT_EQ(conntrack_entry(flow, kNumbers, 3)->added_to_answers, std::nullopt);
  for (const uint32_t added : {0u, 5u, 0xfffffff0u}) {
    entry.added_to_answers = added;
    flow = flow_state(entry, kNumbers, kTimeouts).value();
    EXPECT_TRUE(flow.proxied);
    EXPECT_EQ(flow.shift, 0u - added) << "so much more than the client knows is what its target counts";
    EXPECT_EQ(conntrack_entry(flow, kNumbers, 3)->added_to_answers, added);
  }
}

TEST(FlowStates, OneThatWaitsForItsTargetsAnswerToACookieIsTold) {
  ConntrackEntry entry = marked(kTranslatedFlows[1]);
  entry.by_synproxy = true;
  entry.tcp_state = TCP_CONNTRACK_SYN_SENT;
  const FlowState flow = flow_state(entry, kNumbers, kTimeouts).value();
  EXPECT_TRUE(flow.proxied);
  EXPECT_EQ(
      conntrack_entry(flow, kNumbers, 3).error().message,
      "flow tcp 192.168.10.2:40000 > 203.0.113.9:80: it began with a SYN cookie, and its target has not "
      "answered yet");
}

TEST(FlowStates, OtherProtocolsAreHalfOpenUntilAnAnswerWasSeen) {
  ConntrackEntry entry = marked(kTranslatedFlows[0]);
  EXPECT_EQ(flow_state(entry, kNumbers, kTimeouts)->phase, FlowPhase::kEstablished);
  entry.status = IPS_CONFIRMED;
  EXPECT_EQ(flow_state(entry, kNumbers, kTimeouts)->phase, FlowPhase::kHalfOpen);
  EXPECT_EQ(flow_state(entry, kNumbers, kTimeouts)->timeout_seconds, 120u);
}

TEST(FlowStates, IdleTimeIsNeverNegative) {
  ConntrackEntry entry = marked(kTranslatedFlows[0]);
  entry.timeout_seconds = 432000;
  EXPECT_EQ(flow_state(entry, kNumbers, kTimeouts)->idle_seconds, 0u);
}

TEST(FlowStates, ThereAndBackAgain) {
  for (const test::TranslatedFlow& row : kTranslatedFlows) {
    const ConntrackEntry entry = marked(row);
    const FlowState flow = flow_state(entry, kNumbers, kTimeouts).value();
    const auto again = conntrack_entry(flow, kNumbers, 3);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->original, entry.original) << row.name;
    EXPECT_EQ(again->reply, entry.reply) << row.name;
    EXPECT_EQ(again->mark, entry.mark) << row.name;
    EXPECT_EQ(again->status, entry.status) << row.name;
    EXPECT_EQ(again->tcp_state, entry.tcp_state) << row.name;
    EXPECT_EQ(again->timeout_seconds, std::min(flow.timeout_seconds, entry.timeout_seconds)) << row.name;
  }
}

struct InVrfs {
  const char* name;
  uint16_t pair, zone;
  bool zone_of_original;
  uint16_t vrf_in, vrf_out;
};

constexpr InVrfs kInVrfs[] = {
    {"out of a VRF", 5, 7, true, 7, 0},
    {"into it", 6, 0, false, 0, 7},
    {"within it", 7, 7, false, 7, 7},
    {"to the gateway there", 8, 7, false, 7, 7},
    {"to one that others ask", 9, 8, true, 8, 8},
    {"of the gateway", 10, 7, false, 7, 7},
};

TEST(FlowStates, TheZoneOfAnEntryIsTheVrfThatItBeganIn) {
  for (const InVrfs& row : kInVrfs) {
    ConntrackEntry entry = marked(kTranslatedFlows[0], row.pair);
    entry.zone = row.zone;
    entry.zone_of_original = row.zone_of_original;
    const FlowState flow = flow_state(entry, kNumbers, kTimeouts).value();
    EXPECT_EQ(flow.vrf_in, row.vrf_in) << row.name;
    EXPECT_EQ(flow.vrf_out, row.vrf_out) << row.name;
    const ConntrackEntry again = conntrack_entry(flow, kNumbers, 3).value();
    EXPECT_EQ(again.zone, row.zone) << row.name;
    EXPECT_EQ(again.zone_of_original, row.zone_of_original) << row.name;
  }
}

FlowState tcp_flow(FlowPhase phase, uint64_t answers) {
  FlowState flow = flow_state(marked(kTranslatedFlows[1]), kNumbers, kTimeouts).value();
  flow.phase = phase;
  flow.reply.packets = answers;
  return flow;
}

TEST(FlowStates, StatesOfTcp) {
  const auto state = [](FlowPhase phase, uint64_t answers) {
    return conntrack_entry(tcp_flow(phase, answers), kNumbers, 1)->tcp_state;
  };
  EXPECT_EQ(state(FlowPhase::kHalfOpen, 0), TCP_CONNTRACK_SYN_SENT);
  EXPECT_EQ(state(FlowPhase::kHalfOpen, 1), TCP_CONNTRACK_SYN_RECV);
  EXPECT_EQ(state(FlowPhase::kEstablished, 0), TCP_CONNTRACK_ESTABLISHED);
  EXPECT_EQ(state(FlowPhase::kClosing, 9), TCP_CONNTRACK_FIN_WAIT);
}

TEST(FlowStates, OnlyAnsweredFlowsAreAssured) {
  const auto status = [](FlowPhase phase, uint64_t answers) {
    return conntrack_entry(tcp_flow(phase, answers), kNumbers, 1)->status;
  };
  EXPECT_EQ(status(FlowPhase::kHalfOpen, 0), 0u);
  EXPECT_EQ(status(FlowPhase::kHalfOpen, 1), uint32_t{IPS_SEEN_REPLY});
  EXPECT_EQ(status(FlowPhase::kEstablished, 0), uint32_t{IPS_SEEN_REPLY | IPS_ASSURED});
}

TEST(FlowStates, AtLeastASecondIsLeft) {
  FlowState flow = tcp_flow(FlowPhase::kEstablished, 1);
  flow.idle_seconds = flow.timeout_seconds + 5;
  EXPECT_EQ(conntrack_entry(flow, kNumbers, 1)->timeout_seconds, 1u);
  flow.idle_seconds = flow.timeout_seconds = 0;
  EXPECT_EQ(conntrack_entry(flow, kNumbers, 1)->timeout_seconds, 1u);
}

std::string why_not(const FlowState& flow) {
  const auto entry = conntrack_entry(flow, kNumbers, 1);
  return entry ? "it can" : entry.error().message;
}

TEST(FlowStates, WhatNetfilterCannotGoOnWithIsSaid) {
  FlowState flow = tcp_flow(FlowPhase::kEstablished, 1);
  flow.zone_in = 9;
  EXPECT_EQ(why_not(flow), "flow tcp 192.168.10.2:40000 > 203.0.113.9:80: nothing passes between its zones");
  flow.zone_in = 1;
  flow.protocol = IPPROTO_SCTP;
  EXPECT_EQ(
      why_not(flow),
      "flow sctp 192.168.10.2:40000 > 203.0.113.9:80: netfilter wants to know its verification tags, which "
      "nobody recorded");
  flow.protocol = IPPROTO_GRE;
  EXPECT_EQ(why_not(flow),
            "flow gre 192.168.10.2:40000 > 203.0.113.9:80: netfilter forgets a GRE flow that it did not see "
            "begin; its next packet begins anew");
}

}   // namespace
}   // namespace sluice
