// SPDX-License-Identifier: GPL-2.0-or-later
// Every way across, taken over from another engine in the middle: both directions go on as they were.
#include <cstring>
#include <tuple>

#include "crossings.hpp"
#include "support/answers.hpp"
#include "support/take_over.hpp"

namespace sluice::test {
namespace {

class TakeOverCrossing : public LabTest, public testing::WithParamInterface<std::tuple<Hook, Crossing>> {
 protected:
  const Crossing& crossing() const { return std::get<1>(GetParam()); }

  Outcome send(At in, const Layers& layers) { return lab.arrive(std::get<0>(GetParam()), in, layers); }
  void expect_crossing(At in, const Layers& layers, const std::string& seen) {
    const Outcome outcome = send(in, layers);
    EXPECT_EQ(outcome.what, "forwarded");
    EXPECT_EQ(outcome.view().route(), seen);
    EXPECT_EQ(outcome.view().flaws(), "");
  }

  Layers in_the_middle(const Layers& layers) {
    Layers copy = layers;
    for (Layer& layer : copy)
      if (auto* tcp = std::get_if<Tcp>(&layer)) *tcp = Tcp{tcp->sport, tcp->dport, 1001, 9001, kAck};
    return copy;
  }

  // Both directions have been seen; what the receiver saw.
  View begin() {
    const View received = send(crossing().in, crossing().packet).view();
    send(crossing().out, answer_to(received, kSyn | kAck));
    send(crossing().in, in_the_middle(crossing().packet));
    return received;
  }
  // As when another engine had carried it until now.
  void move() {
    const auto flows = lab.engine().flows().value();
    lab.forget();
    const TakenOver taken = take_over_flows(lab, flows, home_document());
    EXPECT_EQ(taken.taken, 1u);
    EXPECT_EQ(taken.why, std::vector<std::string>{});
  }
};

// What only a packet finds out stays open: the next hop, and how TCP ends.
sl_flow without_the_way(sl_flow flow) {
  flow.flags &= ~(SL_FLOW_RESOLVED | SL_FLOW_XDP | SL_FLOW_LINK);
  std::memset(flow.dmac, 0, sizeof(flow.dmac));
  std::memset(flow.smac, 0, sizeof(flow.smac));
  flow.mtu = 0;
  flow.version = flow.stamp = 0;
  flow.tcp_ack = flow.tcp_end = 0;
  flow.tcp_flags = flow.tcp_scale = 0;
  flow.slot = flow.slot != 0;   // any
  return flow;
}

TEST_P(TakeOverCrossing, RowsAreThoseThatPacketsMake) {
  lab.apply_again();   // rules have the numbers that a second look at the machine gives them
  begin();
  const auto before = flow_rows(lab);
  move();
  EXPECT_EQ(flow_rows(lab).size(), before.size());
  for (const FlowRow& row : before) {
    const auto now = find_flow(lab, route_of(row.tuple));
    ASSERT_TRUE(now) << route_of(row.tuple);
    const sl_flow wanted = without_the_way(row.flow), seen = without_the_way(now->flow);
    EXPECT_EQ(std::memcmp(&wanted, &seen, sizeof(wanted)), 0) << route_of(row.tuple);
  }
}

TEST_P(TakeOverCrossing, TheOriginalSpeaksFirst) {
  const View sent(lab.framed(crossing().in, crossing().packet)), received = begin();
  move();
  expect_crossing(crossing().in, in_the_middle(crossing().packet), crossing().seen);
  expect_crossing(crossing().out, answer_to(received), reversed(sent.route()));
  EXPECT_EQ(find_flow(lab, sent.route())->flow.packets, 3u) << "the same flow";
}

TEST_P(TakeOverCrossing, TheReplySpeaksFirst) {
  const View sent(lab.framed(crossing().in, crossing().packet)), received = begin();
  move();
  expect_crossing(crossing().out, answer_to(received), reversed(sent.route()));
  expect_crossing(crossing().in, in_the_middle(crossing().packet), crossing().seen);
  EXPECT_EQ(find_flow(lab, sent.route())->flow.packets, 3u) << "the same flow";
}

TEST_P(TakeOverCrossing, ItSurvivesTheSweepOfWhatIsNotAllowed) {
  const View sent(lab.framed(crossing().in, crossing().packet)), received = begin();
  move();
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kDisallowed).value(), 0u);
  expect_crossing(crossing().out, answer_to(received), reversed(sent.route()));
  expect_crossing(crossing().in, in_the_middle(crossing().packet), crossing().seen);
}

TEST_P(TakeOverCrossing, ItEndsWhenTheRulesDoNotAllowIt) {
  begin();
  const auto flows = lab.engine().flows().value();
  const Rules none{"", home_rules().masquerade, "", "", ""};
  use(none);
  const TakenOver taken = take_over_flows(lab, flows, document_of(none));
  EXPECT_EQ(taken.taken + taken.left, 1u);
  EXPECT_EQ(lab.engine().gc(Engine::Gc::kDisallowed).value(), taken.taken);
  EXPECT_TRUE(flow_rows(lab).empty());
  EXPECT_TRUE(mapping_rows(lab, "nat_inside").empty());
}

std::string take_over_name(const testing::TestParamInfo<TakeOverCrossing::ParamType>& info) {
  return std::string(std::get<1>(info.param).name) + "_" + hook_name(std::get<0>(info.param));
}

INSTANTIATE_TEST_SUITE_P(All, TakeOverCrossing,
                         testing::Combine(testing::Values(Hook::kTcIngress, Hook::kXdp),
                                          testing::ValuesIn(crossings())),
                         take_over_name);

}   // namespace
}   // namespace sluice::test
