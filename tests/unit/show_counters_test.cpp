// SPDX-License-Identifier: GPL-2.0-or-later
// A counter is declared once, in maps/counters.h; what cannot be made from that list is held against it here.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "maps/counters.h"

namespace sluice {
namespace {

TEST(InterfaceCounters, stand_in_the_page_of_the_control_socket) {
  std::ostringstream page;
  page << std::ifstream(SLUICE_SOURCE_DIR "/docs/api.md").rdbuf();
  for (const std::string name : {
#define X(name) #name,
           SL_IFACE_COUNTERS(X)
#undef X
       })
    EXPECT_NE(page.str().find("`" + name + "`"), std::string::npos) << name;
}

}   // namespace
}   // namespace sluice
