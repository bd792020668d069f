// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "base/deadline.hpp"

namespace sluice {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Clocks kSet{"boot one", seconds(1000), hours(24 * 365 * 56)};

Clocks later(Clocks clocks, milliseconds passed) {
  clocks.since_boot += passed;
  clocks.wall += passed;
  return clocks;
}

// The machine started again, and has been up for so long.
Clocks after_boot(milliseconds up, milliseconds wall) { return {"boot two", up, wall}; }

TEST(Deadlines, TimeGoesBy) {
  const Deadline deadline = deadline_in(seconds(60), kSet);
  EXPECT_EQ(time_left(deadline, kSet), seconds(60));
  EXPECT_EQ(time_left(deadline, later(kSet, milliseconds(20'500))), milliseconds(39'500));
  EXPECT_EQ(time_left(deadline, later(kSet, hours(1))), milliseconds(0));
}

TEST(Deadlines, JumpsOfTheWallClockMoveNothing) {
  const Deadline deadline = deadline_in(seconds(60), kSet);
  for (const auto jump : {hours(-24 * 365 * 56), hours(-1), hours(1), hours(24 * 365 * 10)}) {
    Clocks now = later(kSet, seconds(10));
    now.wall += jump;
    EXPECT_EQ(time_left(deadline, now), seconds(50)) << jump.count();
  }
}

TEST(Deadlines, AfterAStartOfTheMachineTheWallClockSaysWhatIsLeft) {
  const Deadline deadline = deadline_in(seconds(60), kSet);
  EXPECT_EQ(time_left(deadline, after_boot(seconds(5), kSet.wall + seconds(20))), seconds(40));
  EXPECT_EQ(time_left(deadline, after_boot(seconds(5), kSet.wall + hours(1))), seconds(0));
}

// A machine without a clock of its own begins in 1970.
TEST(Deadlines, AWallClockThatIsBehindGivesNoMoreThanWasLeftAtLeast) {
  const Deadline deadline = deadline_in(seconds(60), kSet);
  EXPECT_EQ(time_left(deadline, after_boot(seconds(5), seconds(5))), seconds(55));
  EXPECT_EQ(time_left(deadline, after_boot(seconds(70), seconds(70))), seconds(0));
}

TEST(Deadlines, OnceAnchoredTheWallClockIsNotAskedAgain) {
  const Deadline set = deadline_in(seconds(60), kSet);
  const Clocks start = after_boot(seconds(5), kSet.wall + seconds(20));
  const Deadline deadline = anchored(set, start);
  EXPECT_EQ(time_left(deadline, start), seconds(40));
  Clocks now = later(start, seconds(30));
  now.wall += hours(24 * 365);   // NTP came
  EXPECT_EQ(time_left(deadline, now), seconds(10));
}

TEST(Deadlines, AreToldByTheWallClockOfNow) {
  const Deadline deadline = deadline_in(seconds(60), kSet);
  Clocks now = later(kSet, seconds(20));
  now.wall += hours(1);
  EXPECT_EQ(wall_time(deadline, now).time_since_epoch(), now.wall + seconds(40));
  EXPECT_EQ(wall_time(deadline, later(kSet, seconds(90))).time_since_epoch(), kSet.wall + seconds(60));
}

TEST(Deadlines, TheClocksOfThisMachineGoOn) {
  const Clocks one = read_clocks(), two = read_clocks();
  EXPECT_FALSE(one.boot.empty());
  EXPECT_EQ(one.boot, two.boot);
  EXPECT_GT(one.since_boot.count(), 0);
  EXPECT_LE(one.since_boot, two.since_boot);
}

}   // namespace
}   // namespace sluice
