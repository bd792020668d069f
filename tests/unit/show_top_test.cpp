// SPDX-License-Identifier: GPL-2.0-or-later
// First rows: rates from two looks, orders, filters, hosts.
#include <gmock/gmock.h>

#include "show/row_rates.hpp"
#include "show/talkers.hpp"
#include "show/top_flows.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

const auto kStart = FlowRates::Clock::time_point() + std::chrono::hours(1);

FlowState flow_of(uint16_t port, uint64_t there, uint64_t back, const char* source = "192.0.2.1") {
  FlowState flow;
  flow.protocol = 6;
  flow.original = {
      *IpAddress::parse(source), *IpAddress::parse("198.51.100.7"), port, 443, there / 100, there};
  flow.reply = {*IpAddress::parse("198.51.100.7"), *IpAddress::parse(source), 443, port, back / 100, back};
  return flow;
}

std::optional<FlowRate> look_at(FlowRates& rates, const FlowState& flow, FlowRates::Clock::time_point now) {
  rates.begin(now);
  const auto rate = rates.note(flow, now);
  rates.end();
  return rate;
}

TEST(FlowRates, AreOfTheTimeBetweenTwoLooks) {
  FlowRates rates(10);
  EXPECT_FALSE(look_at(rates, flow_of(1, 1000, 5000), kStart)) << "nobody knows for how long it is there";
  const auto rate = look_at(rates, flow_of(1, 3000, 25000), kStart + seconds(2));
  ASSERT_TRUE(rate);
  EXPECT_FLOAT_EQ(rate->there, 1000);
  EXPECT_FLOAT_EQ(rate->back, 10000);
  EXPECT_FLOAT_EQ(rate->packets, 110);
  EXPECT_DOUBLE_EQ(rate->bytes(), 11000);
  EXPECT_FLOAT_EQ(look_at(rates, flow_of(1, 3000, 25000), kStart + seconds(3))->there, 0);
}

TEST(FlowRates, OfAShortTimeAreThoseOfBefore) {
  FlowRates rates(10);
  look_at(rates, flow_of(1, 0, 0), kStart);
  look_at(rates, flow_of(1, 1000, 0), kStart + seconds(1));
  EXPECT_FLOAT_EQ(look_at(rates, flow_of(1, 9000, 0), kStart + milliseconds(1100))->there, 1000);
  EXPECT_FLOAT_EQ(look_at(rates, flow_of(1, 9000, 0), kStart + seconds(3))->there, 4000);
}

TEST(FlowRates, WhatBeganSinceTheLastLookCarriedAllOfItSince) {
  FlowRates rates(10);
  look_at(rates, flow_of(1, 1, 1), kStart);
  EXPECT_FLOAT_EQ(look_at(rates, flow_of(2, 4000, 0), kStart + seconds(2))->there, 2000);
}

TEST(FlowRates, AfterALookThatFailedNobodyKnowsWhatBegan) {
  FlowRates rates(10);
  rates.begin(kStart);   // and not to its end
  EXPECT_FALSE(look_at(rates, flow_of(2, 4000, 0), kStart + seconds(2)));
}

TEST(FlowRates, AnotherFlowWithTheSamePortsIsAnotherOne) {
  FlowRates rates(10);
  look_at(rates, flow_of(1, 90000, 0), kStart);
  EXPECT_FLOAT_EQ(look_at(rates, flow_of(1, 2000, 0), kStart + seconds(2))->there, 1000);
}

TEST(FlowRates, HaveRoomForSoManyAndGiveItToOthers) {
  FlowRates rates(2);
  for (const auto now : {kStart, kStart + seconds(1)}) {
    rates.begin(now);
    for (const uint16_t port : {1, 2, 3})
      EXPECT_EQ(rates.note(flow_of(port, 10, 0), now).has_value(), now != kStart && port < 3);
    rates.end();
  }
  rates.forget();
  EXPECT_FALSE(look_at(rates, flow_of(3, 10, 0), kStart + seconds(9)));
  EXPECT_TRUE(look_at(rates, flow_of(3, 10, 0), kStart + seconds(10)));
}

json flows_by(const TopQuery& query) {
  auto top = TopFlows::of(query);
  EXPECT_TRUE(top);
  const Names names;
  top->note(flow_of(1, 1000, 0), FlowRate{10, 0, 1}, names);
  top->note(flow_of(2, 500, 0, "192.0.2.9"), FlowRate{300, 5, 9}, names);
  top->note(flow_of(3, 700, 0, "192.0.2.5"), std::nullopt, names);
  json ports = json::array();
  EXPECT_EQ(top->matched(), query.filter.empty() ? 3u : 1u);
  for (const json& row : top->take(names)) ports.push_back(row["original"]["source_port"]);
  return ports;
}

TEST(TopFlows, AreTheFirstInEachOrder) {
  EXPECT_EQ(flows_by({}), (json{2, 1, 3}));
  EXPECT_EQ(flows_by({.rows = 2}), (json{2, 1}));
  EXPECT_EQ(flows_by({.reverse = true, .rows = 2}), (json{3, 1}));
  EXPECT_EQ(flows_by({.sort = "bytes"}), (json{1, 3, 2}));
  EXPECT_EQ(flows_by({.sort = "source"}), (json{1, 3, 2}));
  EXPECT_EQ(flows_by({.sort = "packets_per_second", .rows = 1}), (json{2}));
  EXPECT_EQ(TopFlows::of({.sort = "colour"}).error().kind, ErrorKind::kUsage);
}

TEST(TopFlows, PassAFilterByWhatTheyShow) {
  EXPECT_EQ(flows_by({.filter = "192.0.2.9:2"}), (json{2}));
  EXPECT_EQ(flows_by({.filter = "2.5:3 198.51"}), (json{3}));
}

TEST(TopFlows, SayWhatTheyCarry) {
  auto top = TopFlows::of({});
  top->note(flow_of(1, 1000, 200), FlowRate{10, 5.5, 1}, {});
  const json row = top->take({})[0];
  EXPECT_EQ(row["bytes"], 1200);
  EXPECT_EQ(row["packets"], 12);
  EXPECT_EQ(row["bytes_per_second"], 15);
  EXPECT_EQ(row["packets_per_second"], 1);
  EXPECT_FALSE(row.contains("interface_in"));
}

json talkers_by(const Talkers& talkers, const TopQuery& query = {.kind = TopKind::kTalkers}) {
  uint64_t matched = 0;
  return *talkers.rows(query, {}, matched);
}

TEST(Talkers, AreBothEndsWithWhatTheySentAndGot) {
  Talkers talkers(10);
  talkers.begin();
  talkers.note(flow_of(1, 100, 2000), FlowRate{10, 200, 3});
  talkers.note(flow_of(2, 100, 1000), FlowRate{10, 100, 3});
  talkers.note(flow_of(3, 1, 1, "192.0.2.5"), std::nullopt);
  const json rows = talkers_by(talkers);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["address"], "198.51.100.7");   // as much a second, and more in all
  EXPECT_EQ(rows[0]["sent_bytes_per_second"], 300);
  EXPECT_EQ(rows[0]["flows"], 3);
  EXPECT_EQ(rows[1]["address"], "192.0.2.1");
  EXPECT_EQ(rows[1]["flows"], 2);
  EXPECT_EQ(rows[1]["sent_bytes_per_second"], 20);
  EXPECT_EQ(rows[1]["received_bytes_per_second"], 300);
  EXPECT_EQ(rows[1]["received_bytes"], 3000);
  EXPECT_EQ(talkers_by(talkers, {.sort = "flows", .rows = 1})[0]["address"], "198.51.100.7");
  EXPECT_EQ(talkers_by(talkers, {.filter = "2.5"}).size(), 1u);
  talkers.begin();
  EXPECT_TRUE(talkers_by(talkers).empty());
}

TEST(Talkers, BeyondTheRoomAreThoseThatDoLeast) {
  Talkers talkers(100);
  for (uint32_t i = 0; i < 5000; ++i) {
    FlowState flow = flow_of(1, 10, 10);
    flow.original.source = IpAddress::from_ipv4(0x0a000000 + i);
    if (i % 1000 == 7) flow.original.bytes = 1'000'000 + i;
    talkers.note(flow, std::nullopt);
  }
  const json rows = talkers_by(talkers, {.sort = "bytes", .rows = 1000});
  EXPECT_LE(rows.size(), 200u);
  for (const char* big : {"10.0.0.7", "10.0.3.239", "10.0.7.215", "10.0.11.191", "10.0.15.167"})
    EXPECT_TRUE(std::ranges::any_of(rows, [&](const json& row) { return row["address"] == big; })) << big;
}

constexpr const char* kKey[] = {"name"};
constexpr const char* kCounters[] = {"packets"};

json counted(RowRates& rates, uint64_t one, uint64_t other, FlowRates::Clock::time_point now) {
  json rows = {{{"name", "a"}, {"packets", one}}, {{"name", "b"}, {"packets", other}}};
  rates.add(rows, kKey, kCounters, now);
  return {rows[0]["packets_per_second"], rows[1]["packets_per_second"]};
}

TEST(RowRates, AreOfTheTimeBetweenTwoLooks) {
  RowRates rates;
  EXPECT_EQ(counted(rates, 10, 10, kStart), (json{nullptr, nullptr}));
  EXPECT_EQ(counted(rates, 110, 10, kStart + seconds(2)), (json{50, 0}));
  EXPECT_EQ(counted(rates, 999, 999, kStart + milliseconds(2100)), (json{50, 0})) << "too short";
  EXPECT_EQ(counted(rates, 110, 9, kStart + seconds(4)), (json{0, nullptr})) << "it has gone back";
  rates.forget();
  EXPECT_EQ(counted(rates, 110, 10, kStart + seconds(6)), (json{nullptr, nullptr}));
}

TEST(FirstOf, OrdersFiltersAndCuts) {
  const json rows = {
      {{"name", "b"}, {"rate", 5}}, {{"name", "a"}, {"rate", nullptr}}, {{"name", "C"}, {"rate", 70}}};
  uint64_t matched = 0;
  const auto names = [&](const TopQuery& query) {
    std::vector<std::string> all;
    for (const json& row : first_of(rows, query, matched)) all.push_back(row["name"]);
    return all;
  };
  EXPECT_THAT(names({}), ElementsAre("b", "a", "C"));
  EXPECT_THAT(names({.reverse = true}), ElementsAre("C", "a", "b"));
  EXPECT_THAT(names({.sort = "rate"}), ElementsAre("C", "b", "a"));
  EXPECT_THAT(names({.sort = "rate", .reverse = true}), ElementsAre("b", "C", "a")) << "no value: last";
  EXPECT_THAT(names({.sort = "name", .rows = 1}), ElementsAre("C"));
  EXPECT_EQ(matched, 3u);
  EXPECT_THAT(names({.filter = "c"}), ElementsAre("C"));
  EXPECT_EQ(matched, 1u);
}

}   // namespace
}   // namespace sluice
