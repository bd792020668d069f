// SPDX-License-Identifier: GPL-2.0-or-later
// Flows that another gateway carries, where there are rows of the same ports already.
#include "support/state.hpp"
#include "tcp_flow.hpp"

namespace sluice::test {
namespace {

class KeptFlows : public TcpFlow {
 protected:
  // As the other gateway has it: everything as it is here but this.
  void keep(FlowPhase phase, uint32_t idle_seconds = 0) {
    FlowState flow = lab.engine().flows().value().at(0);
    flow.phase = phase;
    flow.idle_seconds = idle_seconds;
    const auto kept = lab.engine().keep_flows({flow});
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->already, 1u);
  }
  uint32_t idle() { return lab.engine().flows().value().at(0).idle_seconds; }
};
ON_BOTH_HOOKS(KeptFlows);

TEST_P(KeptFlows, OneThatHasClosedIsOpenAgainAsItIsThere) {
  open();
  close();
  ASSERT_EQ(phase(), "closing");
  keep(FlowPhase::kEstablished);
  EXPECT_EQ(phase(), "established");
  keep(FlowPhase::kClosing);
  EXPECT_EQ(phase(), "closing");
  EXPECT_EQ(state_flaws(lab), "");
}

TEST_P(KeptFlows, BecomeAsOldAsTheyAreThere) {
  open();
  keep(FlowPhase::kEstablished, 90);
  EXPECT_EQ(idle(), 90u);
  keep(FlowPhase::kEstablished, 3);
  EXPECT_EQ(idle(), 3u);
}

// It said much there: what was seen here of its numbers is old.
TEST_P(KeptFlows, PacketsCountWhereverTheirNumbersAre) {
  constexpr uint32_t kMuch = 2'000'000'000;   // more than any window
  open();
  age_flow(lab, kRoute, 100);
  client(kAck, 1001 + kMuch, 9001 + kMuch, {1});
  EXPECT_EQ(idle(), 100u) << "neither side can have sent it";
  keep(FlowPhase::kEstablished, 100);
  EXPECT_EQ(client(kAck, 1001 + kMuch, 9001 + kMuch, {1}), "forwarded");
  EXPECT_EQ(idle(), 0u);
  age_flow(lab, kRoute, 100);
  EXPECT_EQ(server(kAck, 9001 + kMuch, 1002 + kMuch, {1}), "forwarded");
  EXPECT_EQ(idle(), 0u);
  age_flow(lab, kRoute, 100);
  client(kAck, 1001, 9001, {1});
  EXPECT_EQ(idle(), 100u) << "and are known from then on";
}

}   // namespace
}   // namespace sluice::test
