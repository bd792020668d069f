// SPDX-License-Identifier: GPL-2.0-or-later
// Which flows another gateway could go on with.
#include <gtest/gtest.h>

#include "gateway/flow_text.hpp"

namespace sluice::test {
namespace {

TEST(FlowsThatMove, AreAnsweredOnesBetweenOthers) {
  FlowState good;
  good.zone_in = 1;
  good.zone_out = 2;
  good.phase = FlowPhase::kEstablished;
  const auto moves = [&](auto member, auto value) {
    FlowState flow = good;
    flow.*member = value;
    return can_move(flow);
  };
  EXPECT_TRUE(can_move(good));
  EXPECT_TRUE(moves(&FlowState::phase, FlowPhase::kClosing));
  EXPECT_FALSE(moves(&FlowState::phase, FlowPhase::kHalfOpen));
  EXPECT_TRUE(moves(&FlowState::proxied, true));
  for (const auto zone : {&FlowState::zone_in, &FlowState::zone_out})
    for (const uint16_t number : {uint16_t{0}, kUnknownZone}) EXPECT_FALSE(moves(zone, number)) << number;
}

}   // namespace
}   // namespace sluice::test
