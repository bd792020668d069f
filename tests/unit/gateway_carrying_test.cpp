// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "gateway/carrying.hpp"

namespace sluice::test {
namespace {

constexpr TableSizes kRoom{.flows4 = 2048, .flows6 = 1024, .mappings = 1024, .half_open = 64};

FlowState flow(uint8_t protocol, uint16_t port, uint16_t outside_port) {
  FlowState state;
  state.protocol = protocol;
  state.original = {*IpAddress::parse("192.168.10.2"), *IpAddress::parse("198.51.100.7"), port, 443, 0, 0};
  state.reply = {
      *IpAddress::parse("198.51.100.7"), *IpAddress::parse("203.0.113.1"), 443, outside_port, 0, 0};
  return state;
}

FlowState without_ports(uint8_t protocol) {
  FlowState state = flow(protocol, 0, 0);
  state.original.destination_port = state.reply.source_port = 0;
  return state;
}

TEST(Carrying, TcpAndUdpAreCarriedEitherWay) {
  const std::vector<FlowState> flows{flow(IPPROTO_TCP, 40000, 40000), flow(IPPROTO_UDP, 40000, 1024)};
  EXPECT_TRUE(sentences_about_carrying(flows, EngineKind::kEbpf, kRoom).empty());
  EXPECT_TRUE(sentences_about_carrying(flows, EngineKind::kNftables, kRoom).empty());
}

TEST(Carrying, WhatNetfilterCannotBeToldIsNamed) {
  const std::vector<FlowState> flows{flow(IPPROTO_SCTP, 40000, 40000), flow(IPPROTO_SCTP, 40001, 40001),
                                     without_ports(IPPROTO_GRE)};
  const auto said = sentences_about_carrying(flows, EngineKind::kNftables, kRoom);
  ASSERT_EQ(said.size(), 2u);
  const std::string all = said[0] + said[1];
  EXPECT_NE(
      all.find("2 flows, sctp 192.168.10.2:40000 > 198.51.100.7:443 the first, will not be carried over"),
      std::string::npos)
      << all;
  EXPECT_NE(all.find("flow gre 192.168.10.2 > 198.51.100.7 will not be carried over"), std::string::npos)
      << all;
}

TEST(Carrying, WhatBeganWithASynCookieStaysBehindUntilItsTargetHasAnswered) {
  FlowState proxied = flow(IPPROTO_TCP, 40000, 40000);
  proxied.proxied = true;
  for (const EngineKind to : kEngineKinds) {
    proxied.phase = FlowPhase::kHalfOpen;
    const auto said = sentences_about_carrying({proxied}, to, kRoom);
    ASSERT_EQ(said.size(), 1u);
    EXPECT_NE(said[0].find("it began with a SYN cookie, and its target has not answered yet"),
              std::string::npos)
        << said[0];
    for (const FlowPhase phase : {FlowPhase::kEstablished, FlowPhase::kClosing}) {
      proxied.phase = phase;
      EXPECT_TRUE(sentences_about_carrying({proxied}, to, kRoom).empty());
    }
  }
}

TEST(Carrying, SctpWithAnotherPortStaysBehindEbpf) {
  EXPECT_TRUE(sentences_about_carrying({flow(IPPROTO_SCTP, 40000, 40000)}, EngineKind::kEbpf, kRoom).empty());
  EXPECT_EQ(sentences_about_carrying({flow(IPPROTO_SCTP, 40000, 1024)}, EngineKind::kEbpf, kRoom).size(), 1u);
}

TEST(Carrying, MoreThanTheTableHoldsIsCounted) {
  const std::vector<FlowState> flows(kRoom.flows4 / 2 + 7, flow(IPPROTO_UDP, 1, 1));
  const auto said = sentences_about_carrying(flows, EngineKind::kEbpf, kRoom);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(said[0].starts_with("7 of ")) << said[0];
}

}   // namespace
}   // namespace sluice::test
