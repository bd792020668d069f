// SPDX-License-Identifier: GPL-2.0-or-later
// How large packets may be, found by echo requests.
#include <gtest/gtest.h>

#include <vector>

#include "doctor/path_probe.hpp"

namespace sluice {
namespace {

// A way with a router that passes on so many bytes, and says so or not.
struct RoutedWay {
  uint32_t passes = 1500;
  bool says_so = true, answers = true;
  std::vector<uint32_t> asked = {};

  Result<EchoOutcome> operator()(uint32_t bytes) {
    asked.push_back(bytes);
    if (!answers) return EchoOutcome{};
    if (bytes <= passes) return EchoOutcome{.answered = true};
    return says_so ? EchoOutcome{.fits = passes} : EchoOutcome{};
  }
};

PathFinding found_on(RoutedWay& way) {
  const auto found = find_path(1500, 100, [&](uint32_t bytes) { return way(bytes); });
  EXPECT_TRUE(found);
  return found.value_or(PathFinding{});
}

ProbeRow row_of(RoutedWay way) { return judge_path(*IpAddress::parse("192.0.2.1"), found_on(way)); }

TEST(PathProbe, WhatFitsIsAskedTwice) {
  RoutedWay way;
  EXPECT_EQ(found_on(way).through, 1500u);
  EXPECT_EQ(way.asked, (std::vector<uint32_t>{100, 1500}));
  EXPECT_EQ(row_of(RoutedWay()).state, ProbeState::kGood);
}

TEST(PathProbe, RoutersThatSaySoAreNoFault) {
  RoutedWay way{.passes = 1420};
  const PathFinding found = found_on(way);
  EXPECT_EQ(found.through, 1420u);
  EXPECT_TRUE(found.told);
  EXPECT_EQ(way.asked.size(), 3u);
  EXPECT_EQ(row_of({.passes = 1420}).state, ProbeState::kGood);
}

TEST(PathProbe, AHoleIsFoundToTheByte) {
  for (const uint32_t passes : {100u, 101u, 1280u, 1420u, 1498u, 1499u}) {
    RoutedWay way{.passes = passes, .says_so = false};
    const PathFinding found = found_on(way);
    EXPECT_EQ(found.through, passes);
    EXPECT_FALSE(found.told);
    EXPECT_LT(way.asked.size(), 15u);
  }
  const ProbeRow row = row_of({.passes = 1420, .says_so = false});
  EXPECT_EQ(row.state, ProbeState::kWarning);
  EXPECT_EQ(row.finding, "packets of more than 1420 bytes vanish");
  EXPECT_NE(row.remedy.find("mtu 1420"), std::string::npos);
}

TEST(PathProbe, ARouterThatLiesIsAHole) {
  int asked = 0;
  const auto found = find_path(1500, 100, [&](uint32_t bytes) -> Result<EchoOutcome> {
    ++asked;
    if (bytes <= 1300) return EchoOutcome{.answered = true};
    return EchoOutcome{.fits = 1400};   // which vanish as well
  });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->through, 1300u);
  EXPECT_FALSE(found->told);
  EXPECT_LT(asked, 20);
}

TEST(PathProbe, WhoDoesNotAnswerIsNotJudged) {
  RoutedWay way{.answers = false};
  EXPECT_EQ(found_on(way).through, 0u);
  EXPECT_EQ(way.asked.size(), 1u);
  EXPECT_EQ(row_of({.answers = false}).finding, "it does not answer");
}

}   // namespace
}   // namespace sluice
