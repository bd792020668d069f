// SPDX-License-Identifier: GPL-2.0-or-later
// The first packet, the answer, and the packets that follow them, for every way across and every protocol.
#include <tuple>

#include "crossings.hpp"
#include "support/answers.hpp"

namespace sluice::test {
namespace {

class CrossingTest : public LabTest, public testing::WithParamInterface<std::tuple<Hook, Crossing>> {
 protected:
  const Crossing& crossing() const { return std::get<1>(GetParam()); }

  // Sends it and compares all that a router may and may not change.
  Outcome send(At in, At out, const Layers& layers, const std::string& seen) {
    const Hook hook = std::get<0>(GetParam());
    const View before(lab.framed(in, layers));
    Outcome outcome = lab.arrive(hook, in, layers);
    const View after = outcome.view();
    EXPECT_EQ(outcome.what, "forwarded");
    EXPECT_FALSE(outcome.handed_on) << "XDP does it alone";
    EXPECT_EQ(after.route(), seen);
    EXPECT_EQ(after.flaws(), "");
    EXPECT_EQ(after.ttl, before.ttl - 1);
    EXPECT_EQ(after.tos, before.tos) << "DSCP and ECN are kept";
    EXPECT_EQ(after.payload(), before.payload());
    EXPECT_EQ(after.src_mac, lab.mac(out));
    EXPECT_EQ(outcome.bytes, before.end - before.l3);
    EXPECT_EQ(after.protocol == kUdp && after.check == 0, before.protocol == kUdp && before.check == 0)
        << "UDP without a checksum stays without one";
    return outcome;
  }

  Layers with_flags(const Layers& layers, uint8_t flags) {
    Layers copy = layers;
    for (Layer& layer : copy)
      if (auto* tcp = std::get_if<Tcp>(&layer)) *tcp = Tcp{tcp->sport, tcp->dport, 1001, 9001, flags};
    return copy;
  }

  void expect_counts(const std::string& route, uint64_t packets) {
    const auto row = find_flow(lab, route);
    ASSERT_TRUE(row) << route;
    EXPECT_EQ(row->flow.packets, packets) << route;
  }

  std::string nat_of(const std::string& route) {
    const uint32_t number = find_flow(lab, route)->flow.nat;
    const auto all = lab.engine().objects().value();
    for (const ObjectCount& object : all)
      if (object.number == number) return object.name;
    return "";
  }
};

TEST_P(CrossingTest, ThereAndBackTwice) {
  const auto& [name, in, out, packet, seen, nat] = crossing();
  const View sent(lab.framed(in, packet));
  const View received = send(in, out, packet, seen).view();
  EXPECT_EQ(phase_of(lab, sent.route()), "half open");
  send(out, in, answer_to(received, kSyn | kAck), reversed(sent.route()));
  send(in, out, with_flags(packet, kAck), seen);
  EXPECT_EQ(phase_of(lab, sent.route()), "established");
  send(out, in, answer_to(received), reversed(sent.route()));

  expect_counts(sent.route(), 2);
  expect_counts(reversed(seen), 2);
  EXPECT_EQ(flow_rows(lab).size(), 2u) << "one flow, two entries";
  EXPECT_EQ(nat_of(sent.route()), nat);
}

// An entry that is old enough asks the routing tables again, and one of old rules the rules: nothing changes.
TEST_P(CrossingTest, GoesOnAfterALookAtRoutesAndRules) {
  const auto& [name, in, out, packet, seen, nat] = crossing();
  const View sent(lab.framed(in, packet));
  send(in, out, packet, seen);
  age_flow(lab, sent.route(), 2);
  send(in, out, with_flags(packet, kSyn), seen);
  ASSERT_TRUE(lab.engine().refresh_next_hops(Engine::Hops::kNeighbours));
  send(in, out, with_flags(packet, kSyn), seen);
  EXPECT_EQ(flow_rows(lab).size(), 2u) << "still the same";
}

std::string crossing_name(const testing::TestParamInfo<CrossingTest::ParamType>& info) {
  return std::string(std::get<1>(info.param).name) + "_" + hook_name(std::get<0>(info.param));
}

INSTANTIATE_TEST_SUITE_P(All, CrossingTest,
                         testing::Combine(testing::Values(Hook::kTcIngress, Hook::kXdp),
                                          testing::ValuesIn(crossings())),
                         crossing_name);

}   // namespace
}   // namespace sluice::test
