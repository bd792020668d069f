// SPDX-License-Identifier: GPL-2.0-or-later
// Which flows are told of when they become established, and for how long somebody hears.
#include <memory>

#include "tcp_flow.hpp"

namespace sluice::test {
namespace {

class NewsOfFlows : public TcpFlow {
 protected:
  NewsOfFlows() { hear(); }
  void hear() {
    news_ = lab.engine().flow_news().value();
    EXPECT_EQ(told(), "") << "from now on";
  }
  // "tcp 192.168.10.2:40000 > 198.51.100.7:80 established", one behind the other.
  std::string told() {
    std::vector<FlowState> flows;
    const auto taken = news_->take(flows);
    EXPECT_TRUE(taken) << taken.error().message;
    std::string text;
    for (const FlowState& flow : flows) {
      text += text.empty() ? "" : ", ";
      text += to_string(flow) + (flow.phase == FlowPhase::kEstablished ? " established" : " closing");
    }
    return text;
  }

  std::unique_ptr<FlowNews> news_;
};
ON_BOTH_HOOKS(NewsOfFlows);

constexpr auto kToldTcp = "tcp 192.168.10.2:40000 > 198.51.100.7:80 established";

TEST_P(NewsOfFlows, AConnectionIsToldOnceWhenItsHandshakeIsDone) {
  ASSERT_EQ(client(kSyn, 1000, 0), "forwarded");
  ASSERT_EQ(server(kSyn | kAck, 9000, 1001), "forwarded");
  EXPECT_EQ(told(), "");
  ASSERT_EQ(client(kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(told(), kToldTcp);
  ASSERT_EQ(server(kAck, 9001, 1001), "forwarded");
  EXPECT_EQ(told(), "");
}

TEST_P(NewsOfFlows, ADatagramIsToldWhenItIsAnswered) {
  from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{.sport = 40000, .dport = 53});
  from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{.sport = 40000, .dport = 53});
  EXPECT_EQ(told(), "");
  for (int i = 0; i < 2; ++i)
    from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 40000});
  EXPECT_EQ(told(), "udp 192.168.10.2:40000 > 198.51.100.7:53 established");
}

TEST_P(NewsOfFlows, TheSamePortsAgainAreNews) {
  open();
  EXPECT_EQ(told(), kToldTcp);
  close();
  EXPECT_EQ(told(), "");
  open(500'000, 700'000);
  EXPECT_EQ(told(), kToldTcp);
}

TEST_P(NewsOfFlows, WhatIsGoneIsNotTold) {
  open();
  ASSERT_TRUE(lab.engine().end_flow(key_of(lab.engine().flows().value().at(0))).value());
  EXPECT_EQ(told(), "");
}

TEST_P(NewsOfFlows, NobodyHearsWhatWasSaidBefore) {
  news_ = nullptr;
  EXPECT_EQ(lab.tables().config->told_until, 0u);
  open();
  hear();
}

TEST_P(NewsOfFlows, WhatWaitsIsSaid) {
  EXPECT_FALSE(news_->waits());
  open();
  EXPECT_TRUE(news_->waits());
  EXPECT_EQ(told(), kToldTcp);
  EXPECT_FALSE(news_->waits());
  EXPECT_EQ(news_->lost(), 0u);
}

// A daemon that was killed says no more that it hears.
TEST_P(NewsOfFlows, ThePathFallsSilentWhenTheDaemonDoes) {
  lab.tables().config->told_until = (lab.runner().jiffies().value() - 1) | 1;
  open();
  EXPECT_EQ(told(), "");
}

}   // namespace
}   // namespace sluice::test
