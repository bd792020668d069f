// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "doctor/carriers.hpp"

namespace sluice {
namespace {

TEST(DoctorCarriers, AreNamedWithTheirZone) {
  const auto row = judge_carriers({{{"name", "wan"}, {"zone", "internet"}, {"state", "no-carrier"}},
                                   {{"name", "lan"}, {"zone", "lan"}, {"state", "up"}},
                                   {{"name", "lte"}, {"zone", "mobile"}, {"state", "no-carrier"}}});
  ASSERT_TRUE(row);
  EXPECT_EQ(row->state, ProbeState::kWarning);
  EXPECT_EQ(row->finding, "no carrier at wan (internet), lte (mobile)");
}

TEST(DoctorCarriers, WhatSomebodySetDownLacksNone) {
  EXPECT_FALSE(judge_carriers({{{"name", "wan"}, {"zone", "internet"}, {"state", "down"}}}));
}

}   // namespace
}   // namespace sluice
