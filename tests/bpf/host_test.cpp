// SPDX-License-Identifier: GPL-2.0-or-later
// Packets to the gateway itself, and its own: judged, tracked, never changed.
#include "support/answers.hpp"
#include "support/bpf_test.hpp"
#include "support/local_socket.hpp"
#include "support/slots.hpp"

namespace sluice::test {
namespace {

class Host : public HookTest {
 protected:
  std::string own(At device, const Layers& layers, Metadata beside = {}) {
    return lab.leave(device, layers, beside).what;
  }
};
ON_BOTH_HOOKS(Host);

TEST_P(Host, WhatAPolicyAcceptsGoesToTheStackUnchanged) {
  const Layers query = Ip4{.src = kInside, .dst = kLanAddress} / Udp{} / text("who is who?");
  const Outcome outcome = from_lan(query);
  EXPECT_EQ(outcome.what, "to host");
  EXPECT_EQ(outcome.frame, lab.framed(At::kLan, query));
  EXPECT_EQ(outcome.handed_on, GetParam() == Hook::kXdp);
}

TEST_P(Host, TheAnswerLeavesAndEstablishes) {
  ASSERT_EQ(from_lan(Ip4{.src = kInside, .dst = kLanAddress} / Udp{}).what, "to host");
  EXPECT_EQ(own(At::kLan, Ip4{.src = kLanAddress, .dst = kInside} / Udp{.sport = 53, .dport = 40000}),
            "from host");
  EXPECT_EQ(phase_of(lab, "192.168.10.2:40000 > 192.168.10.1:53"), "established");
}

TEST_P(Host, EachProtocolOfBothFamilies) {
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kLanAddress} / Tcp{.dport = 53}).what, "to host");
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kLanAddress} / Echo{}).what, "to host");
  EXPECT_EQ(from_lan(Ip6{.src = kInside6, .dst = kLanAddress6} / Udp{}).what, "to host");
  EXPECT_EQ(from_lan(Ip6{.src = kInside6, .dst = kLanAddress6} / Tcp{.dport = 53}).what, "to host");
  EXPECT_EQ(from_lan(Ip6{.src = kInside6, .dst = kLanAddress6} / Echo{}).what, "to host");
  EXPECT_EQ(from_wan(Ip6{.src = kFar6, .dst = kWanAddress6} / Echo{}).what, "to host");
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.dport = 22}).what, "dropped: POLICY");
  EXPECT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Gre{}).what, "dropped: POLICY");
}

// A TTL of 1 is enough to reach the gateway.
TEST_P(Host, TheTtlIsNotCounted) {
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kLanAddress, .ttl = 1} / Echo{}).what, "to host");
}

// The outside address of a masquerade that hides the zone may be asked from inside.
TEST_P(Host, FromInsideToTheOutsideAddress) {
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kWanAddress} / Echo{}).what, "to host");
}

TEST_P(Host, LinkLocalNeighboursReachItOnEveryLink) {
  const auto links = lab.tables().config.version();
  ASSERT_NE(links, 0u);
  EXPECT_EQ(from_lan(Ip6{.src = "fe80::2", .dst = kLanAddress6} / Echo{}).what, "to host");
  EXPECT_EQ(from_wan(Ip6{.src = "fe80::9", .dst = kWanAddress6} / Echo{}).what, "to host");
}

TEST_P(Host, ItsOwnPacketsOpenFlowsInEveryProtocol) {
  const Ip4 ip{.src = kWanAddress, .dst = kFar};
  for (const Layers& layers : {ip / Tcp{}, ip / Udp{}, ip / Echo{}, ip / Gre{}, ip / Sctp{}})
    EXPECT_EQ(own(At::kWan, layers), "from host");
  EXPECT_EQ(flow_rows(lab).size(), 10u);
  const View seen(lab.framed(At::kWan, ip / Udp{}));
  EXPECT_EQ(from_wan(answer_to(seen)).what, "to host") << "no policy is needed for the answer";
  EXPECT_EQ(from_wan(Ip4{.src = kOutside, .dst = kWanAddress} / Udp{.sport = 53, .dport = 40000}).what,
            "dropped: POLICY")
      << "from somebody else";
}

// As checks of backends do, from the same port again and again.
TEST_P(Host, WhoAsksByASynAloneKeepsNoPlaceAmongThoseThatWait) {
  for (const uint32_t number : {1000u, 2000u}) {
    const Ip4 ip{.src = kLanAddress, .dst = kInside};
    EXPECT_EQ(own(At::kLan, ip / Tcp{.seq = number, .flags = kSyn}), "from host");
    ASSERT_EQ(slot_rows(lab).size(), 1u);
    EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kLanAddress} /
                       Tcp{.sport = 80, .dport = 40000, .seq = 7, .ack = number + 1, .flags = kSyn | kAck})
                  .what,
              "to host");
    EXPECT_EQ(own(At::kLan, ip / Tcp{.seq = number + 1, .flags = kRst}), "from host");
    EXPECT_EQ(phase_of(lab, "192.168.10.1:40000 > 192.168.10.2:80"), "closing");
    EXPECT_FALSE(slot_rows(lab).at(0).head.word & SL_SLOT_HALF_OPEN) << number;
  }
  EXPECT_EQ(slot_flaws(lab, flow_rows(lab)), "");
}

TEST_P(Host, AConnectionOlderThanSluiceGoesOn) {
  EXPECT_EQ(own(At::kWan, Ip4{.src = kWanAddress, .dst = kFar} / Tcp{.flags = kAck}), "from host");
  EXPECT_EQ(
      from_wan(Ip4{.src = kFar, .dst = kWanAddress} / Tcp{.sport = 80, .dport = 40000, .flags = kAck}).what,
      "to host");
}

// A flow of its own would let the peer's packets in as its answers.
TEST_P(Host, WhatAServerSendsAgainOpensNoFlowForWhomNoPolicyLetsIn) {
  const LocalSocket ssh = LocalSocket::tcp("0.0.0.0", 22), names = LocalSocket::tcp("0.0.0.0", 53);
  const Ip4 outside{.src = kWanAddress, .dst = kFar}, inside{.src = kLanAddress, .dst = kInside};
  for (const int flags : {int{kAck}, kSyn | kAck, kFin | kAck})
    EXPECT_EQ(own(At::kWan, outside / Tcp{.sport = 22, .dport = 40000, .flags = static_cast<uint8_t>(flags)}),
              "dropped: POLICY");
  EXPECT_EQ(own(At::kLan, inside / Tcp{.sport = 53, .dport = 40000, .flags = kAck}), "from host")
      << "a policy lets it in";
  EXPECT_EQ(own(At::kWan, outside / Tcp{.sport = 23, .dport = 40000, .flags = kAck}), "from host")
      << "nobody listens there: the gateway is the client";
  EXPECT_EQ(own(At::kWan, outside / Tcp{.sport = 22, .dport = 40001, .flags = kSyn}), "from host")
      << "it begins a connection itself";
}

TEST_P(Host, NoInsideAddressLeavesByTheOutside) {
  EXPECT_EQ(own(At::kWan, Ip4{.src = kLanAddress, .dst = kFar} / Udp{}), "dropped: INSIDE_SOURCE");
  EXPECT_EQ(own(At::kWan, Ip4{.src = kInside, .dst = kFar} / Tcp{.flags = kRst}), "dropped: INSIDE_SOURCE")
      << "a late reset";
  EXPECT_EQ(own(At::kWan, Ip4{.src = "172.20.1.1", .dst = kFar} / Icmp{.type = 11}),
            "dropped: INSIDE_SOURCE");
}

TEST_P(Host, WhatSluiceHasSentOnPassesUncounted) {
  const auto packet = Ip4{.src = kInside, .dst = kFar} / Udp{};
  EXPECT_EQ(own(At::kWan, packet, {.mark = 0x51c1ce00, .came_in = At::kLan, .was_received = true}), "marked");
  EXPECT_EQ(own(At::kWan, packet, {.mark = 0x51c1ce01}), "marked");
}

TEST_P(Host, AnErrorIsJudgedThatHasTheMarkOfWhatItIsAbout) {
  EXPECT_EQ(own(At::kWan, Ip4{.src = kInside, .dst = kFar} / Icmp{.type = 3}, {.mark = 0x51c1ce00}),
            "dropped: INSIDE_SOURCE");
}

TEST_P(Host, WhatTheKernelForwardedIsStopped) {
  const Metadata received{.came_in = At::kWan, .was_received = true};
  EXPECT_EQ(own(At::kLan, Ip4{.src = kFar, .dst = kInside} / Udp{}, received), "dropped: PAST_SLUICE");
  EXPECT_EQ(own(At::kLan, Ip6{.src = kFar6, .dst = kInside6} / Udp{}, received), "dropped: PAST_SLUICE");
}

TEST_P(Host, DiscoveryAndDhcpSpeakWithoutAnAddress) {
  EXPECT_EQ(own(At::kWan, Ip4{.src = "0.0.0.0", .dst = "255.255.255.255"} / Udp{.sport = 68, .dport = 67}),
            "from host");
  EXPECT_EQ(
      own(At::kWan, Ip6{.src = "::", .dst = "ff02::1:ff00:1", .ttl = 255} / Icmp{.type = 135} / Bytes(16)),
      "from host");
  EXPECT_EQ(own(At::kLan, Eth{.type = 0x0806} / Bytes(46)), "ignored");
}

TEST_P(Host, CutOwnPacketsAreCountedDrops) {
  const Bytes whole = build(Ip4{.src = kWanAddress, .dst = kFar} / Tcp{});
  for (size_t size = 20; size < whole.size(); ++size)
    EXPECT_EQ(own(At::kWan, Layers{Eth{.type = 0x0800}, Bytes(whole.begin(), whole.begin() + size)}),
              "dropped: TOO_SHORT");
}

}   // namespace
}   // namespace sluice::test
