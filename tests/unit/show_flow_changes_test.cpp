// SPDX-License-Identifier: GPL-2.0-or-later
// Which flows began and ended between two looks.
#include <gtest/gtest.h>

#include "show/flow_changes.hpp"

namespace sluice {
namespace {

FlowState flow_from(uint16_t port, uint64_t packets = 1) {
  FlowState flow;
  flow.protocol = 17;
  flow.original.source = *IpAddress::parse("192.0.2.1");
  flow.original.destination = *IpAddress::parse("192.0.2.2");
  flow.original.source_port = port;
  flow.original.packets = packets;
  return flow;
}

FlowChanges::Changes look(FlowChanges& changes, const std::vector<FlowState>& flows) {
  changes.begin();
  for (const FlowState& flow : flows) changes.note(flow);
  return changes.end();
}

TEST(FlowChanges, TheFirstLookIsOfWhatIsThere) {
  FlowChanges changes(10);
  const auto first = look(changes, {flow_from(1)});
  EXPECT_TRUE(first.begun.empty());
  EXPECT_EQ(changes.known().size(), 1u);
}

TEST(FlowChanges, BegunAndEndedAsTheyWereSeenLast) {
  FlowChanges changes(10);
  look(changes, {flow_from(1)});
  auto next = look(changes, {flow_from(1, 5), flow_from(2)});
  ASSERT_EQ(next.begun.size(), 1u);
  EXPECT_EQ(next.begun[0].original.source_port, 2);
  next = look(changes, {flow_from(2)});
  ASSERT_EQ(next.ended.size(), 1u);
  EXPECT_EQ(next.ended[0].original.packets, 5u);
}

TEST(FlowChanges, OneThatComesTwiceInALookIsOne) {
  FlowChanges changes(10);
  look(changes, {});
  EXPECT_EQ(look(changes, {flow_from(1), flow_from(1)}).begun.size(), 1u);
}

TEST(FlowChanges, ALookThatFailedChangesNothing) {
  FlowChanges changes(10);
  look(changes, {flow_from(1)});
  changes.begin();   // and it was not read to its end
  const auto next = look(changes, {flow_from(1)});
  EXPECT_TRUE(next.begun.empty() && next.ended.empty());
}

TEST(FlowChanges, TooManyAreNotFollowedUntilTheyAreFewer) {
  FlowChanges changes(2);
  look(changes, {flow_from(1)});
  auto next = look(changes, {flow_from(1), flow_from(2), flow_from(3)});
  EXPECT_TRUE(next.too_many && next.begun.empty() && next.ended.empty());
  EXPECT_EQ(next.flows, 3u);
  next = look(changes, {flow_from(1), flow_from(2)});
  EXPECT_TRUE(next.begun.empty()) << "nobody knows which of them are new";
  EXPECT_EQ(look(changes, {flow_from(1)}).ended.size(), 1u);
}

}   // namespace
}   // namespace sluice
