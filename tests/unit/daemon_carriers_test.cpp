// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "daemon/carriers.hpp"

namespace sluice {
namespace {

TEST(Carriers, AreReadAsTheyAreTold) {
  EXPECT_EQ(carriers_text({.good = 2, .heard = 3}), "carriers 2 3");
  EXPECT_EQ(parse_carriers("carriers 2 3"), (Carriers{.good = 2, .heard = 3}));
  EXPECT_EQ(parse_carriers("carriers 0 0"), Carriers{});
}

TEST(Carriers, NothingElseIsTakenForThem) {
  for (const char* piece : {"carriers 2", "carriers 3 2", "carriers 2 -3", "carriers 2 3 4", "carriers  2 3",
                            "carriers 2 3x", "carriers 2 99999999999999999999", "look 3", "have 2 3", ""})
    EXPECT_EQ(parse_carriers(piece), std::nullopt) << piece;
}

}   // namespace
}   // namespace sluice
