// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "engine/ebpf/room.hpp"

namespace sluice::test {
namespace {

TEST(Room, WhatWasGivenBackIsTakenAgainWhenNobodyReadsIt) {
  Room room(30, {{0, 10}});
  EXPECT_EQ(room.take(12), 10u);
  EXPECT_EQ(room.take(12), std::nullopt);
  EXPECT_EQ(room.take(8), 22u);
  room.give_back(10, 12);
  EXPECT_EQ(room.take(1), std::nullopt) << "somebody may read it yet";
  EXPECT_EQ(room.largest(), 12u);
  room.settle();
  EXPECT_EQ(room.take(12), 10u);
}

TEST(Room, PiecesThatTouchAreOne) {
  Room room(30, {});
  for (uint32_t first : {0u, 10u, 20u}) EXPECT_EQ(room.take(10), first);
  room.give_back(20, 10);
  room.give_back(0, 10);
  EXPECT_EQ(room.largest(), 10u);
  room.give_back(10, 10);
  EXPECT_EQ(room.largest(), 30u);
  room.settle();
  EXPECT_EQ(room.take(30), 0u);
}

TEST(Room, IsBetweenWhatIsUsed) {
  Room room(100, {{0, 10}, {20, 30}, {60, 40}});
  EXPECT_EQ(room.take(10), 10u);
  EXPECT_EQ(room.take(10), 50u);
  EXPECT_EQ(room.take(1), std::nullopt);
  room.give_back(20, 30);
  EXPECT_EQ(room.largest(), 30u);
}

TEST(Room, NoRowsLieAnywhere) { EXPECT_TRUE(Room(0, {}).take(0)); }

}   // namespace
}   // namespace sluice::test
