// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "daemon/look_pace.hpp"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr LookPace::Time kHeard{std::chrono::hours(1)}, kLongAgo{}, kNever = LookPace::Time::max();
constexpr Change kDevice{.links = true, .addresses = true}, kNeighbour{.neighbours = true};

TEST(LookPace, NothingIsDueWhereNothingWasHeard) {
  LookPace pace;
  EXPECT_EQ(pace.due(kLongAgo), kNever);
  pace.hear({}, kHeard);
  EXPECT_EQ(pace.due(kHeard), kNever);
}

TEST(LookPace, WhatComesInABurstIsLookedAtOnce) {
  LookPace pace;
  pace.hear(kDevice, kHeard);
  pace.hear({.next_hops = true}, kHeard + milliseconds(15));
  ASSERT_EQ(pace.due(kLongAgo), kHeard + milliseconds(20));
  EXPECT_EQ(pace.take(kHeard + milliseconds(20), kLongAgo),
            (Change{.links = true, .addresses = true, .next_hops = true}));
  EXPECT_EQ(pace.due(kLongAgo), kNever);
}

TEST(LookPace, BetweenEditsThatFollowEachOtherItIsPutOff) {
  LookPace pace;
  pace.hear(kDevice, kHeard);
  EXPECT_EQ(pace.due(kHeard), kHeard + milliseconds(150));
  pace.hear(kDevice, kHeard + milliseconds(100));
  EXPECT_EQ(pace.due(kHeard + milliseconds(100)), kHeard + milliseconds(250));
  EXPECT_FALSE(pace.take(kHeard + milliseconds(249), kHeard + milliseconds(100)).any());
  EXPECT_EQ(pace.take(kHeard + milliseconds(250), kHeard + milliseconds(100)), kDevice);
}

TEST(LookPace, ButNotForLong) {
  LookPace pace;
  for (int edit = 0; edit < 20; ++edit) pace.hear(kDevice, kHeard + milliseconds(90 * edit));
  EXPECT_EQ(pace.due(kHeard + seconds(2)), kHeard + milliseconds(700));
  EXPECT_EQ(pace.take(kHeard + milliseconds(700), kHeard + milliseconds(690)), kDevice);
}

TEST(LookPace, WherePacketsGoIsNot) {
  LookPace pace;
  pace.hear(kDevice, kHeard);
  pace.hear(kNeighbour, kHeard + milliseconds(5));
  ASSERT_EQ(pace.due(kHeard), kHeard + milliseconds(25));
  EXPECT_EQ(pace.take(kHeard + milliseconds(25), kHeard), kNeighbour);
  EXPECT_EQ(pace.due(kHeard), kHeard + milliseconds(150)) << "the devices are still to be looked at";
}

TEST(LookPace, NorIsWhatNoEditMakes) {
  LookPace pace;
  pace.hear_others({.links = true}, kHeard);
  EXPECT_EQ(pace.due(kHeard), kHeard + milliseconds(20));
  EXPECT_EQ(pace.take(kHeard + milliseconds(20), kHeard), Change{.links = true});
}

TEST(LookPace, AnEditOfLongAgoPutsNothingOff) {
  LookPace pace;
  pace.hear(kDevice, kHeard);
  EXPECT_EQ(pace.due(kHeard - milliseconds(140)), kHeard + milliseconds(20));
}

}   // namespace
}   // namespace sluice
