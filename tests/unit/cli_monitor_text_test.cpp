// SPDX-License-Identifier: GPL-2.0-or-later
// What `sluice monitor` says at a terminal.
#include <gtest/gtest.h>

#include "cli/monitor_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

json drop() {
  return {{"time", "2026-11-27T10:20:30Z"},
          {"reason", "policy"},
          {"interface", "wan"},
          {"from", "internet"},
          {"to", nullptr},
          {"source", "192.0.2.0/24"},
          {"rule", {{"kind", "policy"}, {"name", "web"}, {"line", 14}}},
          {"packets", 12'345},
          {"bytes", 2048},
          {"example", "tcp 192.0.2.1:4000 > 203.0.113.1:81"}};
}

TEST(MonitorText, ADrop) {
  EXPECT_EQ(
      monitor_line(drop(), false),
      "10:20:30 12.3k packets, 2.0 KiB: policy, internet at wan from 192.0.2.0/24 by policy \"web\" line 14: "
      "tcp 192.0.2.1:4000 > 203.0.113.1:81");
  EXPECT_TRUE(monitor_line(drop(), true).starts_with("10:20:30 \x1b[31m"));
}

TEST(MonitorText, AFlow) {
  json row = {{"time", "2026-11-27T10:20:30.123Z"},
              {"event", "flow-ended"},
              {"protocol", "tcp"},
              {"from_zone", "lan"},
              {"to_zone", "internet"},
              {"policy", "out"},
              {"nat", nullptr},
              {"original",
               {{"source", "fd00::2"},
                {"source_port", 4000},
                {"destination", "192.0.2.1"},
                {"destination_port", 80},
                {"packets", 3},
                {"bytes", 100}}},
              {"reply", {{"packets", 2}, {"bytes", 1000}}}};
  EXPECT_EQ(monitor_line(row, false),
            "10:20:30 flow-ended: tcp [fd00::2]:4000 > 192.0.2.1:80, lan > internet, policy out: 5 packets, "
            "1.0 KiB");
  row["event"] = "flow-begun";
  EXPECT_EQ(monitor_line(row, false),
            "10:20:30 flow-begun: tcp [fd00::2]:4000 > 192.0.2.1:80, lan > internet, policy out");
}

TEST(MonitorText, WhatIsLoggedAndWhatIsLost) {
  EXPECT_EQ(monitor_line({{"event", "mapping-made"}, {"message", "masquerade \"out\": ..."}}, false),
            " masquerade \"out\": ...");
  EXPECT_EQ(monitor_line({{"lost", 7}}, false), " 7 were lost: there were too many of them");
  EXPECT_EQ(monitor_line({{"event", "too-many-flows"}, {"flows", 200'000}}, false),
            " 200,000 flows are too many to follow");
}

TEST(MonitorText, AChange) {
  EXPECT_EQ(
      monitor_line(
          {{"what", "interface"}, {"name", "lan"}, {"state", "down"}, {"before", "up"}, {"zone", "lan"}},
          false),
      " interface lan: down, was up, zone lan");
}

TEST(MonitorText, NothingMovesTheCursor) {
  const std::string line =
      monitor_line({{"what", "revision"}, {"name", "1"}, {"state", "applied"}, {"why", "\x1b[2J"}}, false);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

TEST(MonitorText, LinesComeInPieces) {
  MonitorText text(false);
  EXPECT_EQ(text.take("{\"lost\":"), "");
  EXPECT_EQ(text.take("1}\n{\"lost\":2}\n{"),
            " 1 were lost: there were too many of them\n 2 were lost: there were too many of them\n");
  EXPECT_EQ(text.take("nonsense\n"), "");
}

}   // namespace
}   // namespace sluice::cli
