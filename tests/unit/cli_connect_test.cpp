// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "cli_rig.hpp"

namespace sluice::cli {
namespace {

TEST(CliConnect, IsForThisMachineToDo) {
  FakeMachine machine;
  EXPECT_EQ(run_words({"connect", "home.json"}, machine, "").status, kExitDone);
  EXPECT_EQ(machine.connected, "home.json");
  EXPECT_EQ(run_words({"connect"}, machine, "").status, kExitUsage);
}

}   // namespace
}   // namespace sluice::cli
