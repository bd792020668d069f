// SPDX-License-Identifier: GPL-2.0-or-later
// What ran out lately is remembered for `status` and `doctor`.
#include <gtest/gtest.h>

#include "gateway/shortages.hpp"
#include "show/event_text.hpp"

namespace sluice {
namespace {

using std::chrono::minutes;

const Shortages::Time kShortNow = std::chrono::system_clock::from_time_t(1'800'000'000);

NatEvent shortage(EventKind kind, const char* rule, Shortages::Time time) {
  return {
      .kind = kind, .protocol = 17, .inside = *IpAddress::parse("192.168.10.3"), .rule = rule, .time = time};
}

TEST(Shortages, OneOfEachKindAndRuleIsKept) {
  Shortages shortages;
  shortages.note(shortage(EventKind::kPortsExhausted, "out", kShortNow - minutes(3)));
  shortages.note(shortage(EventKind::kPortsExhausted, "other", kShortNow - minutes(2)));
  shortages.note(shortage(EventKind::kHostMappings, "out", kShortNow - minutes(2)));
  shortages.note(shortage(EventKind::kPortsExhausted, "out", kShortNow - minutes(1)));
  const auto recent = shortages.recent(kShortNow);
  ASSERT_EQ(recent.size(), 3u);
  EXPECT_EQ(recent.back().time, kShortNow - minutes(1));
}

TEST(Shortages, HowOftenEachKindWasToldIsCounted) {
  Shortages shortages;
  EXPECT_EQ(shortages.told(EventKind::kPortsExhausted), 0u);
  for (const char* rule : {"out", "out", "other"})
    shortages.note(shortage(EventKind::kPortsExhausted, rule, kShortNow));
  shortages.note(shortage(EventKind::kMappingMade, "out", kShortNow));
  EXPECT_EQ(shortages.told(EventKind::kPortsExhausted), 3u);
  EXPECT_EQ(shortages.told(EventKind::kHostMappings), 0u);
  EXPECT_EQ(shortages.told(EventKind::kMappingMade), 0u) << "it is no shortage";
}

TEST(Shortages, EachVrfHasItsOwn) {
  Shortages shortages;
  for (const uint16_t vrf : {0, 1100, 1200}) {
    NatEvent event = shortage(EventKind::kTableFull, "", kShortNow - minutes(1));
    event.vrf = vrf;
    shortages.note(event);
    shortages.note(event);
  }
  const auto recent = shortages.recent(kShortNow);
  ASSERT_EQ(recent.size(), 3u);
  EXPECT_EQ(recent[1].vrf, 1100);
  const auto rows = json_of(recent);
  EXPECT_EQ(rows[0]["text"], "no room for another flow, which 192.168.10.3 asks for");
  EXPECT_EQ(rows[1]["text"], "VRF 1100: no room for another flow, which 192.168.10.3 asks for");
}

TEST(Shortages, BeyondTheMostTheOldestIsForgotten) {
  Shortages shortages;
  for (size_t n = 0; n < Shortages::kMost + 3; ++n)
    shortages.note(shortage(EventKind::kPortsExhausted, std::to_string(n).c_str(), kShortNow));
  const auto recent = shortages.recent(kShortNow);
  ASSERT_EQ(recent.size(), Shortages::kMost);
  EXPECT_EQ(recent.front().rule, "3");
}

TEST(Shortages, MappingsAreNone) {
  Shortages shortages;
  shortages.note(shortage(EventKind::kMappingMade, "out", kShortNow));
  shortages.note(shortage(EventKind::kMappingEnded, "out", kShortNow));
  EXPECT_TRUE(shortages.recent(kShortNow).empty());
}

TEST(Shortages, OldOnesAreForgotten) {
  Shortages shortages;
  shortages.note(shortage(EventKind::kTableFull, "", kShortNow - Shortages::kRecent));
  EXPECT_TRUE(shortages.recent(kShortNow).empty());
}

TEST(Shortages, HostThatHasMostIsNamed) {
  NatEvent event = shortage(EventKind::kPortsExhausted, "out", kShortNow);
  event.outside = *IpAddress::parse("203.0.113.1");
  event.most = HostUse{*IpAddress::parse("192.168.10.2"), 64'000};
  const auto rows = json_of(std::vector<NatEvent>{event});
  EXPECT_EQ(rows[0]["text"],
            "masquerade \"out\": no udp port of 203.0.113.1 is free for 192.168.10.3; 192.168.10.2 has most "
            "mappings, "
            "64,000");
  EXPECT_EQ(rows[0]["most_inside"], "192.168.10.2");
  EXPECT_EQ(rows[0]["most_count"], 64'000);
}

}   // namespace
}   // namespace sluice
