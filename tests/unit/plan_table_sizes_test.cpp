// SPDX-License-Identifier: GPL-2.0-or-later
// Sizes of the tables of live state: where they come from, what they take, and what a change of them does.
#include <algorithm>

#include "compile/ebpf/table_sizes.hpp"
#include "plan_fixture.hpp"

namespace sluice::test {
namespace {

constexpr uint64_t kGiB = 1 << 30;

Document small_house() {
  return parsed(R"({"version": 1, "interfaces": {"wan": {"zone": "internet"}, "lan": {"zone": "lan"}}})");
}

Observed machine(uint64_t memory) {
  Observed seen = fresh_machine();
  seen.memory = seen.memory_available = memory;
  return seen;
}

Observed carried_out(const Document& document, Observed seen) {
  carry_out(seen, *make_plan(document, seen));
  return seen;
}

TEST(TableSizes, TheMachinesMemoryDecidesWhereTheDocumentDoesNot) {
  EXPECT_EQ(table_sizes({}, kGiB / 4).flows4, 2u << 15) << "never less than 32,768 flows";
  EXPECT_EQ(table_sizes({}, 8 * kGiB).flows4, 2u << 17);
  EXPECT_EQ(table_sizes({}, 1024 * kGiB).flows4, 2u << 20) << "nor more than a million";
  EXPECT_LT(bytes_of(table_sizes({}, 8 * kGiB), 8), 8 * kGiB / 35);
}

TEST(TableSizes, TheDocumentDecides) {
  const TableSizes sizes = table_sizes({.flows = 100'000, .mappings = 5000, .half_open = 1999}, 8 * kGiB);
  EXPECT_EQ(sizes, (TableSizes{.flows4 = 200'000, .flows6 = 100'000, .mappings = 5000, .half_open = 2000}))
      << "two halves of them";
}

TEST(TableSizes, MappingsDoNotRunOutBeforeFlows) {
  const TableSizes sizes = table_sizes({.flows = 100'000}, 8 * kGiB);
  EXPECT_EQ(sizes.mappings, sizes.flows4 / 2 + sizes.flows6 / 2);
}

TEST(TableSizes, TheRingOfEventsHoldsAQuarterOfTheMappingsWithinBounds) {
  EXPECT_EQ(bytes_of_events({.mappings = 5000}), 1u << 20) << "16,384 events";
  EXPECT_EQ(bytes_of_events({.mappings = 32'768}), 1u << 20);
  EXPECT_EQ(bytes_of_events({.mappings = 65'535}), 1u << 20) << "a power of two";
  EXPECT_EQ(bytes_of_events({.mappings = 65'536}), 2u << 20);
  EXPECT_EQ(bytes_of_events({.mappings = 16'777'216}), 8u << 20);
}

TEST(TableSizes, TablesOfAnotherSizeAreExchangedUnderTheFlows) {
  Document document = small_house();
  const Observed before = carried_out(document, machine(8 * kGiB));
  EXPECT_TRUE(make_plan(document, before)->empty());
  document.tables.flows = 4096;
  const auto steps = sentences_of(make_plan(document, before).value());
  ASSERT_GE(steps.size(), 3u);
  EXPECT_EQ(steps.front(), "load the BPF programs and maps");
  EXPECT_NE(std::find(steps.begin(), steps.end(), sentence(step::CarryRows{})), steps.end());
  EXPECT_TRUE(make_plan(document, carried_out(document, before))->empty());
}

TEST(TableSizes, TablesOfAnotherReleaseAreExchangedUnderTheFlowsAndRemovedAtTheEnd) {
  const Document document = small_house();
  Observed before = carried_out(document, machine(8 * kGiB));
  before.engine.other_layout = true;
  const auto steps = sentences_of(make_plan(document, before).value());
  const auto place_of = [&](std::string_view start) {
    return std::ranges::find_if(steps, [&](const std::string& step) { return step.starts_with(start); });
  };
  EXPECT_EQ(steps.front(), "load the BPF programs and maps");
  EXPECT_LT(place_of(sentence(step::CarryTables{})), place_of("attach"));
  EXPECT_LT(place_of("attach"), place_of(sentence(step::CarryRows{})));
  EXPECT_NE(place_of(sentence(step::CarryRows{})), steps.end());
  const Observed exchanged = carried_out(document, before);
  EXPECT_EQ(sentences_of(make_plan(document, exchanged).value()),
            std::vector<std::string>{sentence(step::DropTables{})});
  EXPECT_TRUE(make_plan(document, carried_out(document, exchanged))->empty());
}

TEST(TableSizes, WhatTheMachineCannotHoldIsRefusedInOneSentence) {
  Document document = small_house();
  document.tables.flows = 16'777'216;
  const auto plan = make_plan(document, machine(8 * kGiB));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::kInvalidDocument);
  EXPECT_TRUE(plan.error().message.starts_with(
      "tables for 16777216 IPv4 and 8388608 IPv6 flows and 25165824 mappings "
      "would take "))
      << plan.error().message;
  EXPECT_NE(plan.error().message.find("the machine has 7680 MiB to spare"), std::string::npos);
}

TEST(TableSizes, TablesThatAreThereAreNotWeighedAgain) {
  const Document document = small_house();
  Observed seen = carried_out(document, machine(8 * kGiB));
  seen.memory_available = 1;
  EXPECT_TRUE(make_plan(document, seen));
}

}   // namespace
}   // namespace sluice::test
