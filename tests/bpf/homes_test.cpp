// SPDX-License-Identifier: GPL-2.0-or-later
// The table of flows itself: entries whose home is full lie elsewhere, and are found, ended and counted all
// the same.
#include "support/homes.hpp"

#include <fmt/format.h>

#include "support/bpf_test.hpp"
#include "support/in_parallel.hpp"
#include "support/take_over.hpp"

namespace sluice::test {
namespace {

constexpr uint32_t kCallers = 1500;   // 3000 rows of 5120: every fifth home is asked for by three or more
// So many lie elsewhere whatever the secret of the hash is, which spreads addresses in a row better at times
// (34 once in 400 runs, otherwise more than 75).
constexpr uint32_t kLeastElsewhere = kCallers / 100;

class HomesTest : public HookTest {
 protected:
  static std::string address_of_host(uint32_t host) {
    return kept_[host] = fmt::format("10.64.{}.{}", host / 250, 1 + host % 250);
  }
  static inline std::array<std::string, kCallers> kept_;

  Bytes packet_of(uint32_t host) {
    return lab.framed(At::kLan, Ip4{.src = address_of_host(host).c_str(), .dst = kFar} / Udp{.sport = 5000});
  }
  uint32_t send(uint32_t host) {
    Bytes frame = packet_of(host);
    return lab.run(GetParam(), At::kLan, frame);
  }
};
ON_BOTH_HOOKS(HomesTest);

TEST_P(HomesTest, WhoFindsNoRoomAtHomeIsFoundElsewhere) {
  for (uint32_t host = 0; host < kCallers; ++host) send(host);
  for (uint32_t host = 0; host < kCallers; ++host) send(host);
  const std::vector<FlowRow> rows = flow_rows(lab);
  EXPECT_EQ(rows.size(), 2 * kCallers) << "the second packet of each found the flow of the first";
  for (const FlowRow& row : rows) EXPECT_EQ(row.flow.packets, row.flow.flags & SL_FLOW_REPLY ? 0u : 2u);
  EXPECT_GT(count_overflow(lab), kLeastElsewhere);
  EXPECT_LT(count_overflow(lab), kCallers) << "the keys lie everywhere";
  EXPECT_EQ(state_flaws(lab), "");
  end_all_flows(lab, lab.runner());
  EXPECT_TRUE(flow_rows(lab).empty());
  EXPECT_EQ(count_overflow(lab), 0u);
  EXPECT_EQ(state_flaws(lab), "");
}

// Which the daemon does to new tables, and may do while packets come.
TEST_P(HomesTest, ToTouchTheMemoryOfTheTablesChangesNothing) {
  for (uint32_t host = 0; host < kCallers / 10; ++host) send(host);
  EXPECT_TRUE(lab.runner().touch(false, kTableSizes.flows4, {}));
  EXPECT_TRUE(lab.runner().touch(true, kTableSizes.flows6, {}));
  for (uint32_t host = 0; host < kCallers / 10; ++host) send(host);
  for (const FlowRow& row : flow_rows(lab))
    EXPECT_EQ(row.flow.packets, row.flow.flags & SL_FLOW_REPLY ? 0u : 2u);
  EXPECT_EQ(flow_rows(lab).size(), 2 * (kCallers / 10));
  EXPECT_EQ(state_flaws(lab), "");
}

// Several are put at once: one that cannot be keeps none of those behind it from it.
TEST_P(HomesTest, FlowsOfAnotherGatewayAreKeptWhereverTheyLie) {
  std::vector<FlowState> flows;
  for (uint32_t host = 0; host < kCallers; ++host) {
    flows.push_back(udp_flow(lab, address_of_host(host) + ":5000", fmt::format("203.0.113.1:{}", 2000 + host),
                             std::string(kFar) + ":53"));
    if (host % 10 == 7)
      flows.push_back(udp_flow(lab, "10.63.0.1:" + std::to_string(5000 + host),
                               fmt::format("203.0.113.1:{}", 2000 + host - 7), std::string(kFar) + ":53"));
  }
  const auto first = lab.engine().keep_flows(flows);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->taken, kCallers);
  EXPECT_EQ(first->left, kCallers / 10);
  EXPECT_NE(first->why.at(0).find("another flow has its addresses and ports"), std::string::npos)
      << first->why.at(0);
  EXPECT_GT(count_overflow(lab), kLeastElsewhere);
  const auto again = lab.engine().keep_flows(flows);
  EXPECT_EQ(again->taken, 0u);
  EXPECT_EQ(again->already, kCallers);
  const std::vector<FlowState> read = lab.engine().flows().value();
  ASSERT_EQ(read.size(), kCallers);
  for (const FlowState& flow : read)
    EXPECT_EQ(flow.reply.destination.to_string(), kWanAddress) << to_string(flow);
  EXPECT_EQ(state_flaws(lab), "");
}

// A home that has room again is used again, while others of it are still away.
TEST_P(HomesTest, FlowsThatComeAndGoLeaveNoTraces) {
  for (int round = 0; round < 3; ++round) {
    for (uint32_t host = 0; host < kCallers; ++host) send(host);
    std::vector<sl_tuple> half;
    for (const FlowRow& row : flow_rows(lab))
      if (ntohl(row.tuple.source.w[3]) % 2) half.push_back(row.tuple);
    ASSERT_GT(lab.runner().visit(half, Runner::Mode::kAll).value(), kCallers / 3);
    EXPECT_EQ(state_flaws(lab), "") << "round " << round;
  }
}

// Both CPUs want the same rows for the same keys, and end them.
TEST_P(HomesTest, NoKeyStandsTwiceWhenTwoCpusWriteAtOnce) {
  auto runner = Runner::open(Pins(lab.pins())).value();
  in_parallel(2, [&](int n) {
    for (int round = 0; round < 6; ++round) {
      for (uint32_t host = 0; host < kCallers; ++host) send(host);
      if (!n) end_all_flows(lab, runner);
    }
  });
  EXPECT_EQ(state_flaws(lab), "");
}

}   // namespace
}   // namespace sluice::test
