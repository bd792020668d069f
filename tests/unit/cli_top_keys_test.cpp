// SPDX-License-Identifier: GPL-2.0-or-later
// What keys do in `sluice top`, without a terminal.
#include "cli_top_fixture.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Top, AsksForTheTableItShows) {
  TopModel model(TopKind::kFlows, "lan");
  EXPECT_EQ(model.target(), "/v1/top/flows?filter=lan&sort=bytes_per_second");
  type(model, "r");
  EXPECT_EQ(model.target(), "/v1/top/flows?filter=lan&reverse=1&sort=bytes_per_second");
  type(model, "2");
  EXPECT_EQ(model.target(), "/v1/top/talkers?sort=bytes_per_second");
  press(model, Stroke::kBackTab);
  EXPECT_EQ(model.target(), "/v1/top/interfaces?sort=rx_bytes_per_second");
  press(model, Stroke::kLeft);
  EXPECT_EQ(model.target(), "/v1/top/endpoints?sort=rx_bytes_per_second");
  press(model, Stroke::kTab);
  EXPECT_THAT(model.target(), StartsWith("/v1/top/interfaces"));
}

TEST(Top, OrdersWhatIsThereUntilTheDaemonDoes) {
  TopModel model(TopKind::kFlows);
  model.take(three_flows(), kThen);
  EXPECT_THAT(shown_by(model)[4], HasSubstr("192.168.10.2"));
  type(model, ">>");   // BYTES
  EXPECT_THAT(model.target(), HasSubstr("sort=bytes"));
  EXPECT_THAT(shown_by(model)[4], HasSubstr("192.168.10.3"));
  EXPECT_THAT(shown_by(model)[3], HasSubstr("BYTES*"));
  type(model, "r");
  EXPECT_THAT(shown_by(model)[4], HasSubstr("192.168.10.4"));
  EXPECT_EQ(shown_by(model)[2], "by BYTES, reversed");
  type(model, "r<<<");   // SOURCE is two before BIT/S
  EXPECT_THAT(model.target(), HasSubstr("sort=destination"));
}

TEST(Top, TheChosenRowStaysChosenWhereItGoes) {
  TopModel model(TopKind::kFlows);
  model.take(three_flows(), kThen);
  EXPECT_THAT(chosen_of(model), HasSubstr("192.168.10.2"));
  press(model, Stroke::kDown);
  EXPECT_THAT(chosen_of(model), HasSubstr("192.168.10.3"));
  model.take(line_of_flows({flow_row_of("192.168.10.9", 1, 1), flow_row_of("192.168.10.8", 1, 1),
                            flow_row_of("192.168.10.3", 1, 1)}),
             kThen);
  EXPECT_THAT(chosen_of(model), HasSubstr("192.168.10.3"));
  press(model, Stroke::kHome);
  EXPECT_THAT(chosen_of(model), HasSubstr("192.168.10.9"));
  press(model, Stroke::kEnd);
  press(model, Stroke::kDown);
  EXPECT_THAT(chosen_of(model), HasSubstr("192.168.10.3"));
  model.take(line_of_flows({}), kThen);
  EXPECT_EQ(chosen_of(model), "");
  EXPECT_EQ(shown_by(model)[4], "there are no flows");
}

TEST(Top, AFilterIsTypedAndLeft) {
  TopModel model(TopKind::kFlows);
  model.take(three_flows(), kThen);
  type(model, "/10.q");
  EXPECT_EQ(shown_by(model).back(), "filter: 10.q_");
  press(model, Stroke::kErase);
  press(model, Stroke::kEnter);
  EXPECT_THAT(model.target(), HasSubstr("filter=10."));
  EXPECT_THAT(shown_by(model)[2], HasSubstr("with \"10.\""));
  type(model, "/zzz");
  press(model, Stroke::kEscape);
  EXPECT_THAT(model.target(), HasSubstr("filter=10.&"));
  press(model, Stroke::kEscape);
  EXPECT_THAT(model.target(), Not(HasSubstr("filter")));
}

TEST(Top, WhatIsFrozenStaysAndCanBeFilteredAndOrdered) {
  TopModel model(TopKind::kFlows);
  model.take(three_flows(), kThen);
  type(model, " ");
  model.take(line_of_flows({flow_row_of("192.168.10.99", 1, 1)}), kThen);
  EXPECT_THAT(shown_by(model)[2], HasSubstr("FROZEN"));
  EXPECT_THAT(shown_by(model)[4], HasSubstr("192.168.10.2"));
  type(model, "/10.4");
  press(model, Stroke::kEnter);
  EXPECT_THAT(shown_by(model)[4], HasSubstr("192.168.10.4"));
  EXPECT_EQ(shown_by(model)[5], "");
  press(model, Stroke::kEscape);
  EXPECT_THAT(shown_by(model)[6], HasSubstr("192.168.10.4"));
  type(model, " ");
  EXPECT_THAT(shown_by(model)[4], HasSubstr("192.168.10.99"));
  EXPECT_THAT(shown_by(model)[2], Not(HasSubstr("FROZEN")));
}

TEST(Top, KillsTheFlowThatItAskedAbout) {
  TopModel model(TopKind::kFlows);
  model.take(three_flows(), kThen);
  type(model, "k");
  EXPECT_EQ(shown_by(model).back(),
            "kill tcp 192.168.10.2:40112 > 198.51.100.7:443? y: yes, any other key: no");
  model.take(line_of_flows({flow_row_of("192.168.10.9", 1, 1)}), kThen);
  EXPECT_EQ(type(model, "y"), TopModel::Wish::kKill);
  EXPECT_EQ(model.doomed(),
            "/v1/flows?destination=198.51.100.7%3A443&protocol=tcp&source=192.168.10.2%3A40112");
  model.answer("killed: tcp", Tone::kGood);
  EXPECT_EQ(shown_by(model).back(), "killed: tcp");
  EXPECT_EQ(type(model, "k"), TopModel::Wish::kNothing);
  for (const char* other : {"n", "q", " ", "1"}) {
    type(model, "k");
    EXPECT_EQ(type(model, other), TopModel::Wish::kNothing) << other;
    EXPECT_THAT(shown_by(model).back(), StartsWith("q quit"));
  }
  EXPECT_EQ(type(model, "q"), TopModel::Wish::kQuit);
}

TEST(Top, AFlowOfAnotherVrfIsKilledThere) {
  json row = flow_row_of("192.168.10.2", 1, 1);
  row["from_vrf"] = "blue";
  row["protocol"] = "icmp";
  row["original"]["destination_port"] = 0;
  TopModel model(TopKind::kFlows);
  model.take(line_of_flows({row}), kThen);
  type(model, "ky");
  EXPECT_EQ(model.doomed(),
            "/v1/flows?destination=198.51.100.7&protocol=icmp&source=192.168.10.2%3A40112&vrf=blue");
}

TEST(Top, ElsewhereThereIsNothingToKill) {
  TopModel model(TopKind::kDrops);
  type(model, "k");
  EXPECT_THAT(shown_by(model).back(), HasSubstr("in the table of flows"));
  EXPECT_EQ(type(model, "y"), TopModel::Wish::kNothing);
}

TEST(Top, HelpIsLeftByAnyKey) {
  TopModel model(TopKind::kFlows);
  model.take(three_flows(), kThen);
  type(model, "?");
  EXPECT_THAT(shown_by(model)[9], HasSubstr("kill the chosen flow"));
  EXPECT_EQ(type(model, "q"), TopModel::Wish::kNothing);
  EXPECT_THAT(shown_by(model)[4], HasSubstr("192.168.10.2"));
}

}   // namespace
}   // namespace sluice::cli
