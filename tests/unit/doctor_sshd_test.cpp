// SPDX-License-Identifier: GPL-2.0-or-later
// When the gateway's own sshd is open to others than those who come by WireGuard.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include "doctor/sshd.hpp"
#include "kernel/sshd_sockets.hpp"

namespace sluice {
namespace {

using testing::HasSubstr;

const Endpoint kEverywhere{IpAddress(), 22};

Policy to_sshd(const char* name, const char* from, Action action = Action::kAccept) {
  Policy policy;
  policy.name = name;
  policy.from = {from};
  policy.to = {"host"};
  policy.protocols = {IPPROTO_TCP};
  policy.ports = {{22, 22}};
  policy.action = action;
  return policy;
}

Document with_network(std::vector<Policy> policies) {
  Document document;
  for (const char* zone : {"internet", "lan", "home"}) document.zones.push_back({.name = zone, .names = {}});
  Network network;
  network.name = network.zone = "home";
  network.subnet = Prefix::parse("10.100.0.0/24");
  document.networks.push_back(network);
  document.policies = std::move(policies);
  return document;
}

TEST(SshdCheck, IsContentWhereNetworksAloneReachIt) {
  const auto row = judge_sshd(with_network({to_sshd("inside", "home")}), {kEverywhere});
  ASSERT_TRUE(row);
  EXPECT_EQ(row->state, ProbeState::kGood);
  EXPECT_EQ(row->finding, "sshd listens at port 22, which networks alone reach");
}

TEST(SshdCheck, WarnsOfOtherZonesWithTheRemedy) {
  Policy some = to_sshd("admins", "internet");
  some.source.prefixes = {*Prefix::parse("198.51.100.0/24")};
  const auto row = judge_sshd(with_network({some, to_sshd("lan in", "lan")}), {kEverywhere});
  ASSERT_TRUE(row);
  EXPECT_EQ(row->state, ProbeState::kWarning);
  EXPECT_THAT(row->finding, HasSubstr("which zone \"internet\", \"lan\" may reach"));
  EXPECT_THAT(row->reason, HasSubstr("\"admins\", \"lan in\""));
  EXPECT_THAT(row->remedy, HasSubstr("from \"home\" alone"));
  EXPECT_THAT(row->remedy, HasSubstr("ListenAddress 10.100.0.1"));
}

TEST(SshdCheck, GoesByTheFirstPolicy) {
  const Policy closed = to_sshd("closed", "lan", Action::kDrop), open = to_sshd("open", "lan");
  EXPECT_EQ(judge_sshd(with_network({closed, open}), {kEverywhere})->state, ProbeState::kGood);
  Policy for_one = closed;
  for_one.source.prefixes = {*Prefix::parse("192.168.10.9/32")};
  EXPECT_EQ(judge_sshd(with_network({for_one, open}), {kEverywhere})->state, ProbeState::kWarning);
}

TEST(SshdCheck, KnowsWhereItListens) {
  Policy own = to_sshd("own", "lan");
  own.destination.prefixes = {*Prefix::parse("192.168.10.1/32")};
  const Document document = with_network({own});
  EXPECT_EQ(judge_sshd(document, {{*IpAddress::parse("10.100.0.1"), 22}})->state, ProbeState::kGood);
  EXPECT_EQ(judge_sshd(document, {{*IpAddress::parse("192.168.10.1"), 22}})->state, ProbeState::kWarning);
  EXPECT_EQ(judge_sshd(document, {{*IpAddress::parse("192.168.10.1"), 2222}})->state, ProbeState::kGood);
  EXPECT_FALSE(judge_sshd(document, {{*IpAddress::parse("127.0.0.1"), 22}}));
  EXPECT_FALSE(judge_sshd(document, {}));
  EXPECT_FALSE(judge_sshd(Document{}, {kEverywhere})) << "nobody could come by WireGuard";
}

TEST(ListeningSockets, AreReadWithTheirAddresses) {
  const auto found = listening_sockets(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100000A:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n"
      "   1: 0100000A:0016 0200000A:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1\n"
      "   2: 000000FD000000000000000001000000:08AE 0:0 0A 0:0 0:0 0 0 0 4713 1\n"
      "   3: zz:16 0:0 0A 0:0 0:0 0 0 0 4714 1\n   4: 0100000A\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(to_string(found[0].at), "10.0.0.1:22");
  EXPECT_EQ(found[0].inode, 4711u);
  EXPECT_EQ(to_string(found[1].at), "[fd00::1]:2222");
}

}   // namespace
}   // namespace sluice
