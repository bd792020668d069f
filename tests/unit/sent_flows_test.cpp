// SPDX-License-Identifier: GPL-2.0-or-later
// What of its flows a gateway tells the others, look by look.
#include "gateway/sent_flows.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <algorithm>
#include <functional>

#include "../support/parsed.hpp"

namespace sluice::test {
namespace {

constexpr uint32_t kTimeoutOfSent = 100, kFirstLookOfSent = 5000;   // seconds

// A client behind a masquerade, which speaks right now.
FlowState sent_flow(uint16_t port = 40000) {
  FlowState flow;
  flow.protocol = IPPROTO_TCP;
  flow.phase = FlowPhase::kEstablished;
  flow.original = {ip("192.168.10.2"), ip("198.51.100.7"), port, 443, 5, 600};
  flow.reply = {ip("198.51.100.7"), ip("203.0.113.1"), 443, port, 4, 5000};
  flow.zone_in = 1;
  flow.zone_out = 2;
  flow.timeout_seconds = kTimeoutOfSent;
  return flow;
}

FlowState changed_flow(const std::function<void(FlowState&)>& change) {
  FlowState flow = sent_flow();
  change(flow);
  return flow;
}

// Looks at flows, one after the other, and what the others are told of them.
class ToldFlows : public testing::Test {
 protected:
  using Keys = std::vector<FlowKey>;

  void look(const std::vector<FlowState>& flows, uint32_t now = kFirstLookOfSent, bool all = false) {
    sent.begin(all, now);
    note(flows);
    ended = sorted(sent.end());
  }
  void note(const std::vector<FlowState>& flows) {
    told.clear();
    for (const FlowState& flow : flows)
      if (sent.note(flow)) told.push_back(key_of(flow));
    told = sorted(told);
  }
  static Keys sorted(Keys keys) {
    std::ranges::sort(keys);
    return keys;
  }
  static Keys keys(const std::vector<FlowState>& flows) {
    Keys list;
    for (const FlowState& flow : flows) list.push_back(key_of(flow));
    return sorted(list);
  }

  SentFlows sent;
  Keys told, ended;   // by the last look
};

TEST_F(ToldFlows, AreAllAtTheFirstLook) {
  const std::vector flows{sent_flow(1), sent_flow(2), sent_flow(3)};
  look(flows);
  EXPECT_EQ(told, keys(flows));
  EXPECT_TRUE(ended.empty());
  EXPECT_EQ(sent.size(), 3u);
}

TEST_F(ToldFlows, AreNoneWhenNothingChanged) {
  const std::vector flows{sent_flow(1), sent_flow(2)};
  look(flows);
  look(flows);
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(ended.empty());
  EXPECT_EQ(sent.size(), 2u);
}

TEST_F(ToldFlows, AreNoneWhereThereAreNone) {
  look({}, kFirstLookOfSent, true);
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(ended.empty());
  EXPECT_EQ(sent.size(), 0u);
}

TEST_F(ToldFlows, ANewOneIsToldOnce) {
  look({sent_flow(1)});
  look({sent_flow(1), sent_flow(2)});
  EXPECT_EQ(told, keys({sent_flow(2)}));
  look({sent_flow(1), sent_flow(2)});
  EXPECT_TRUE(told.empty());
}

TEST_F(ToldFlows, OneThatIsGoneHasEndedOnce) {
  look({sent_flow(1), sent_flow(2), sent_flow(3)});
  look({sent_flow(2)});
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(ended, keys({sent_flow(1), sent_flow(3)}));
  EXPECT_EQ(sent.size(), 1u);
  look({sent_flow(2)});
  EXPECT_TRUE(ended.empty());
}

TEST_F(ToldFlows, OneThatComesBackIsNew) {
  look({sent_flow()});
  look({});
  look({sent_flow()});
  EXPECT_EQ(told, keys({sent_flow()}));
  EXPECT_TRUE(ended.empty());
}

TEST_F(ToldFlows, AnotherPhaseIsToldOnce) {
  const FlowState closing = changed_flow([](FlowState& flow) { flow.phase = FlowPhase::kClosing; });
  look({sent_flow(), sent_flow(1)});
  look({closing, sent_flow(1)});
  EXPECT_EQ(told, keys({closing}));
  EXPECT_TRUE(ended.empty()) << "it is the same flow";
  look({closing, sent_flow(1)});
  EXPECT_TRUE(told.empty());
}

// Its ports were free, and the next flow of the same key has other ones.
TEST_F(ToldFlows, AnotherTranslationIsToldOnce) {
  const std::pair<const char*, std::function<void(FlowState&)>> changes[] = {
      {"who answers", [](FlowState& flow) { flow.reply.source = ip("192.168.10.9"); }},
      {"the port that answers", [](FlowState& flow) { flow.reply.source_port = 8443; }},
      {"who is answered", [](FlowState& flow) { flow.reply.destination = ip("203.0.113.2"); }},
      {"the port that is answered", [](FlowState& flow) { flow.reply.destination_port = 40001; }},
      {"ports the other way round",
       [](FlowState& flow) { std::swap(flow.reply.source_port, flow.reply.destination_port); }},
      {"addresses the other way round",
       [](FlowState& flow) { std::swap(flow.reply.source, flow.reply.destination); }}};
  for (const auto& [what, change] : changes) {
    sent.forget();
    look({sent_flow()});
    const FlowState other = changed_flow(change);
    look({other});
    EXPECT_EQ(told, keys({other})) << what;
    EXPECT_TRUE(ended.empty()) << what;
    look({other});
    EXPECT_TRUE(told.empty()) << what;
  }
}

// Another connection of its ports began with another cookie, or with none.
TEST_F(ToldFlows, OtherSequenceNumbersAreToldOnce) {
  FlowState proxied = changed_flow([](FlowState& flow) { flow.proxied = true; });
  look({sent_flow()});
  for (const uint32_t shift : {0u, 1u, 0xffffffffu}) {
    proxied.shift = shift;
    look({proxied});
    EXPECT_EQ(told, keys({proxied})) << shift;
    look({proxied});
    EXPECT_TRUE(told.empty()) << shift;
  }
  look({sent_flow()});
  EXPECT_EQ(told, keys({sent_flow()}));
}

TEST_F(ToldFlows, WhatTheyCarryIsNothingToTell) {
  look({sent_flow()});
  look({changed_flow([](FlowState& flow) {
    flow.original.packets += 1000;
    flow.reply.bytes += 1'000'000;
  })});
  EXPECT_TRUE(told.empty());
}

TEST_F(ToldFlows, OneThatSpeaksIsToldAfterAQuarterOfItsTimeout) {
  look({sent_flow()});
  look({sent_flow()}, kFirstLookOfSent + kTimeoutOfSent / 4 - 1);
  EXPECT_TRUE(told.empty());
  look({sent_flow()}, kFirstLookOfSent + kTimeoutOfSent / 4);
  EXPECT_EQ(told, keys({sent_flow()}));
  look({sent_flow()}, kFirstLookOfSent + kTimeoutOfSent / 4 + 1);
  EXPECT_TRUE(told.empty());
}

TEST_F(ToldFlows, OneThatIsSilentIsNotToldAgain) {
  FlowState silent = sent_flow();
  look({silent});
  for (silent.idle_seconds = 1; silent.idle_seconds < kTimeoutOfSent; ++silent.idle_seconds) {
    look({silent}, kFirstLookOfSent + silent.idle_seconds);
    EXPECT_TRUE(told.empty()) << silent.idle_seconds;
  }
  silent.idle_seconds = 10;   // its last packet was 90 seconds after the one that they know of
  look({silent}, kFirstLookOfSent + kTimeoutOfSent);
  EXPECT_EQ(told, keys({silent}));
}

TEST_F(ToldFlows, ABusyOneIsToldEachQuarterOfItsTimeout) {
  std::vector<uint32_t> at, expected;
  for (uint32_t second = 0; second < 10 * kTimeoutOfSent; ++second) {
    look({sent_flow()}, kFirstLookOfSent + second);
    if (!told.empty()) at.push_back(second);
    if (second % (kTimeoutOfSent / 4) == 0) expected.push_back(second);
  }
  EXPECT_EQ(at, expected);
}

// However its packets come, the others never think it to be older by more than that.
TEST_F(ToldFlows, NobodyThinksThemMuchOlderThanTheyAre) {
  for (const uint32_t each : {1, 7, 24, 25, 26, 60, 99}) {
    uint32_t known = 0;
    sent.forget();
    for (uint32_t second = 0; second < 10 * kTimeoutOfSent; ++second) {
      FlowState flow = sent_flow();
      flow.idle_seconds = second % each;
      look({flow}, kFirstLookOfSent + second);
      const uint32_t last = second - flow.idle_seconds;
      if (!told.empty()) known = last;
      ASSERT_LT(last - known, kTimeoutOfSent / 4) << "at " << second << ", a packet each " << each;
    }
  }
}

TEST_F(ToldFlows, AShortTimeoutIsNotToldAtEachLook) {
  const FlowState brief = changed_flow([](FlowState& flow) { flow.timeout_seconds = 3; });
  look({brief});
  look({brief}, kFirstLookOfSent + 1);
  EXPECT_TRUE(told.empty());
  look({brief}, kFirstLookOfSent + 2);
  EXPECT_EQ(told, keys({brief}));
}

// The machine began a moment ago, with the flows of a gateway that it took over from.
TEST_F(ToldFlows, OneMayBeOlderThanTheClock) {
  const FlowState old = changed_flow([](FlowState& flow) { flow.idle_seconds = 90; });
  look({old}, 10);
  EXPECT_EQ(told, keys({old}));
  look({old}, 10);
  EXPECT_TRUE(told.empty());
}

TEST_F(ToldFlows, ALookForAllTellsEverythingAgain) {
  look({sent_flow(1), sent_flow(2), sent_flow(3)});
  look({sent_flow(1), sent_flow(3)}, kFirstLookOfSent, true);
  EXPECT_EQ(told, keys({sent_flow(1), sent_flow(3)}));
  EXPECT_EQ(ended, keys({sent_flow(2)}));
  look({sent_flow(1), sent_flow(3)});
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(ended.empty());
}

TEST_F(ToldFlows, ALookForAllIsTheirNewAgeToo) {
  look({sent_flow()});
  look({sent_flow()}, kFirstLookOfSent + 20, true);
  look({sent_flow()}, kFirstLookOfSent + 44);
  EXPECT_TRUE(told.empty());
  look({sent_flow()}, kFirstLookOfSent + 45);
  EXPECT_EQ(told, keys({sent_flow()}));
}

TEST_F(ToldFlows, ALookThatFailedIsBegunAnew) {
  look({sent_flow(1), sent_flow(2), sent_flow(3)});
  sent.begin(false, kFirstLookOfSent);
  note({sent_flow(1), sent_flow(4)});
  look({sent_flow(2)}, kFirstLookOfSent, true);
  EXPECT_EQ(told, keys({sent_flow(2)}));
  EXPECT_EQ(ended, keys({sent_flow(1), sent_flow(3), sent_flow(4)}));
}

TEST_F(ToldFlows, WhoForgetsTellsAllAndEndsNone) {
  look({sent_flow(1), sent_flow(2)});
  sent.forget();
  EXPECT_EQ(sent.size(), 0u);
  look({sent_flow(2)});
  EXPECT_EQ(told, keys({sent_flow(2)}));
  EXPECT_TRUE(ended.empty());
}

TEST_F(ToldFlows, WhateverIsPartOfAKeyTellsThemApart) {
  const std::vector flows{
      sent_flow(),
      changed_flow([](FlowState& flow) { flow.protocol = IPPROTO_UDP; }),
      changed_flow([](FlowState& flow) { flow.vrf_in = 7; }),
      changed_flow([](FlowState& flow) { flow.original.source = ip("192.168.10.3"); }),
      changed_flow([](FlowState& flow) { flow.original.source_port = 40001; }),
      changed_flow([](FlowState& flow) { flow.original.destination = ip("198.51.100.8"); }),
      changed_flow([](FlowState& flow) { flow.original.destination_port = 444; }),
      changed_flow([](FlowState& flow) { std::swap(flow.original.source, flow.original.destination); })};
  look(flows);
  EXPECT_EQ(told, keys(flows));
  EXPECT_EQ(sent.size(), flows.size());
  for (const FlowState& gone : flows) {
    look(flows);
    std::vector<FlowState> others = flows;
    std::erase_if(others, [&](const FlowState& flow) { return key_of(flow) == key_of(gone); });
    look(others);
    EXPECT_EQ(ended, keys({gone})) << to_string(gone);
  }
}

}   // namespace
}   // namespace sluice::test
