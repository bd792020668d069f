// SPDX-License-Identifier: GPL-2.0-or-later
// What `sluice top` shows, without a terminal.
#include "cli_top_fixture.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

TEST(Top, FitsTheUsualTerminal) {
  TopModel model(TopKind::kFlows);
  model.take(three_flows(), kThen);
  const auto lines = shown_by(model);
  ASSERT_THAT(lines, SizeIs(24));
  for (const std::string& line : lines) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_EQ(lines[0], "gw1: running, ebpf, 1.2M flows, 25.0k packets/s, 8.0M bit/s");
  EXPECT_EQ(lines[1], " 1 interfaces  2 talkers [3 flows] 4 services  5 tenants  6 drops  7 endpoints ");
  EXPECT_EQ(lines[2], "by BIT/S");
  EXPECT_EQ(lines[3], "PROTO  SOURCE              DESTINATION       BIT/S*  PKT/S     BYTES  POLICY");
  EXPECT_EQ(lines[4], "tcp    192.168.10.2:40112  198.51.100.7:443  720.0k    900     500 B  lan-out");
  EXPECT_THAT(lines[23], StartsWith("q quit  1-7 tab"));
}

TEST(Top, OnSmallerScreensShowsWhatFits) {
  TopModel model(TopKind::kFlows);
  model.take(three_flows(), kThen);
  for (const size_t width : {1, 2, 5, 20, 40, 79, 200})
    for (const size_t height : {1, 2, 3, 4, 9, 10, 50}) {
      const auto lines = shown_by(model, {height, width});
      EXPECT_EQ(lines.size(), height) << width;
      for (const std::string& line : lines) EXPECT_LE(line.size(), width);
    }
  const auto low = shown_by(model, {6, 60});
  EXPECT_THAT(low[1], HasSubstr("SOURCE"));
  EXPECT_THAT(low[2], HasSubstr("192.168.10.2"));
  EXPECT_THAT(shown_by(model, {24, 44})[1], HasSubstr("[3 flo]"));
  EXPECT_THAT(shown_by(model, {24, 160})[3], HasSubstr("TRANSLATION"));
}

TEST(Top, CutsTheMiddleOfWhatIsLong) {
  json row = flow_row_of("2001:db8:1111:2222:3333:4444:5555:6666", 1, 1);
  TopModel model(TopKind::kFlows);
  model.take(line_of_flows({row}), kThen);
  EXPECT_THAT(shown_by(model, {24, 60})[4], testing::ContainsRegex("\\[2001:db8:.*\\.\\..*6\\]:40112"));
}

TEST(Top, LongTablesHavePages) {
  std::vector<json> rows;
  for (int i = 0; i < 40; ++i) rows.push_back(flow_row_of("192.168.20." + std::to_string(i), 1, 1));
  TopModel model(TopKind::kFlows);
  model.take(line_of_flows(rows, 1'000'000), kThen);
  EXPECT_EQ(shown_by(model)[2], "by BIT/S, the first 40 of 1,000,000");
  const size_t page = TopModel::page_of(kUsual);
  EXPECT_EQ(page, 19u);
  model.heed({Stroke::kPageDown}, page);
  EXPECT_EQ(chosen_of(model), shown_by(model)[4]);
  EXPECT_THAT(chosen_of(model), HasSubstr("192.168.20.19:"));
}

TEST(Top, SaysThatNobodyAnswersAndHowOldItIs) {
  TopModel model(TopKind::kFlows);
  EXPECT_EQ(shown_by(model)[0], "sluice: waiting for the daemon");
  model.take(three_flows(), kThen);
  model.lose("sluiced does not answer");
  EXPECT_EQ(shown_by(model).back(), "still trying: sluiced does not answer");
  EXPECT_THAT(shown_by(model, kUsual, kThen + std::chrono::seconds(9))[0], testing::EndsWith(", 9s ago"));
  EXPECT_THAT(shown_by(model)[4], HasSubstr("192.168.10.2"));
  model.take(three_flows(), kThen);
  EXPECT_THAT(shown_by(model).back(), StartsWith("q quit"));
}

TEST(Top, ShowsNothingThatSteersTheTerminal) {
  const std::string hostile = "\x1b[2J\x9b\x07\xc3\xa9\n";
  for (size_t i = 0; i < kTopNames.size(); ++i) {
    json row = json::object();
    for (const char* field :
         {"name", "address", "reason", "service", "network", "protocol", "zone", "interface"})
      row[field] = hostile;
    row["original"] = {{"source", hostile}, {"destination", hostile}};
    row["reply"] = 7;
    json line = line_of_flows({row, json(), json("x"), json::object()});
    line["gateway"]["name"] = hostile;
    TopModel model(static_cast<TopKind>(i), hostile);
    model.take(line, kThen);
    model.lose(hostile);
    for (const std::string& text : shown_by(model))
      EXPECT_THAT(text, Each(testing::AllOf(testing::Ge(' '), testing::Le('~'))));
    type(model, "k");
    shown_by(model);
  }
}

TEST(Top, TakesWhatIsNoAnswer) {
  for (const json& odd : {json(), json(3), json{{"rows", 7}}, json{{"gateway", 3}, {"rows", {1, 2}}}}) {
    TopModel model(TopKind::kTalkers);
    model.take(odd, kThen);
    type(model, "<r> /x");
    EXPECT_EQ(shown_by(model).size(), 24u);
  }
}

TEST(Top, EachTableHasAnOrderThatTheDaemonKnows) {
  ASSERT_EQ(top_tabs().size(), kTopNames.size());
  for (size_t i = 0; i < kTopNames.size(); ++i) {
    const TopTab& tab = top_tabs()[i];
    EXPECT_EQ(static_cast<size_t>(tab.kind), i);
    EXPECT_FALSE(tab.columns[tab.usual].sort.empty()) << kTopNames[i];
    for (const TopColumn& one : tab.columns)
      for (const TopColumn& other : tab.columns)
        EXPECT_TRUE(&one == &other || one.rank == 0 || one.rank != other.rank) << one.column.title;
  }
}

}   // namespace
}   // namespace sluice::cli
