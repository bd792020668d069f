// SPDX-License-Identifier: GPL-2.0-or-later
// Segments that neither end can have sent: they cross, because the receiver judges for itself, and change
// nothing (RFC 5961, RFC 7857 section 2).
#include <array>

#include "tcp_flow.hpp"

namespace sluice::test {
namespace {

using TcpForged = TcpFlow;
ON_BOTH_HOOKS(TcpForged);

// Far from what was sent, in both directions; a window without a scale is at most 0xffff.
constexpr std::array kFarAway{0x10002u,    0x40000000u,      0x7fffffffu,
                              0x80000000u, 0u - 0x40000000u, 0u - 0x20002u};

TEST_P(TcpForged, AFinOutOfTheWindowIsNotBelieved) {
  open();
  for (const uint32_t off : kFarAway) {
    ASSERT_EQ(client(kFin | kAck, 1001 + off, 9001), "forwarded");
    ASSERT_EQ(server(kFin | kAck, 9001 + off, 1001), "forwarded");
    EXPECT_EQ(phase(), "established") << off;
  }
  close();
  EXPECT_EQ(phase(), "closing") << "the real ones are";
}

TEST_P(TcpForged, AnInexactResetDoesNotClose) {
  open();
  for (const uint32_t off : {1u, 2u, 999u, 0u - 1, 0xffffu, 0x10002u, 0x7fffffffu, 0x80000000u}) {
    ASSERT_EQ(server(kRst, 9001 + off, 0), "forwarded") << "the client asks back";
    ASSERT_EQ(client(kRst | kAck, 1001 + off, 9001), "forwarded");
    EXPECT_EQ(phase(), "established") << off;
  }
  ASSERT_EQ(client(kAck, 1001, 9001), "forwarded") << "the challenge";
  ASSERT_EQ(server(kRst, 9001, 0), "forwarded") << "the answer of somebody who is really gone";
  EXPECT_EQ(phase(), "closing");
}

// Data that was not acknowledged yet: the reset follows it, and the receiver has it.
TEST_P(TcpForged, AResetBehindUnacknowledgedDataCloses) {
  open();
  ASSERT_EQ(server(kAck, 9001, 1001, text("gone")), "forwarded");
  ASSERT_EQ(server(kRst, 9005, 0), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

TEST_P(TcpForged, NothingOutOfTheWindowRefreshes) {
  open();
  for (const uint32_t off : kFarAway)
    for (const uint8_t flags : {kAck, uint8_t(kFin | kAck), kRst, uint8_t(0), kSyn, uint8_t(kSyn | kAck)}) {
      age_flow(lab, kRoute, 100);
      const uint32_t before = find_flow(lab, kReplyRoute)->flow.stamp;
      ASSERT_EQ(server(flags, 9001 + off, 1001, text("x")), "forwarded");
      EXPECT_EQ(find_flow(lab, kReplyRoute)->flow.stamp, before) << off << " with flags " << int{flags};
    }
  ASSERT_EQ(server(kAck, 9001, 1001, text("x")), "forwarded");
  EXPECT_NE(find_flow(lab, kReplyRoute)->flow.stamp, find_flow(lab, kRoute)->flow.stamp);
}

TEST_P(TcpForged, AnAcknowledgementOfWhatWasNotSentRefreshesNothing) {
  open();
  for (const uint32_t off : {0x10002u, 0x7fffffffu, 0u - 0x40000u}) {
    age_flow(lab, kRoute, 100);
    const uint32_t before = find_flow(lab, kReplyRoute)->flow.stamp;
    ASSERT_EQ(server(kAck, 9001, 1001 + off, text("x")), "forwarded");
    EXPECT_EQ(find_flow(lab, kReplyRoute)->flow.stamp, before) << off;
  }
}

// What a host says to a forged segment; a probe is a segment of its own.
TEST_P(TcpForged, OnlyWhatIsNewKeepsAFlowAlive) {
  open();
  const auto stamp_after = [&](uint32_t seq, uint32_t ack) {
    age_flow(lab, kRoute, 100);
    const uint32_t before = find_flow(lab, kRoute)->flow.stamp;
    EXPECT_EQ(client(kAck, seq, ack), "forwarded");
    return find_flow(lab, kRoute)->flow.stamp - before;
  };
  EXPECT_EQ(stamp_after(1001, 9001), 0u) << "said before";
  EXPECT_NE(stamp_after(1000, 9001), 0u) << "a keepalive";
  EXPECT_EQ(stamp_after(1001, 9001), 0u);
  ASSERT_EQ(server(kAck, 9001, 1001, text("data")), "forwarded");
  EXPECT_NE(stamp_after(1001, 9005), 0u) << "data arrived";
}

// Otherwise a forger could lead what is remembered away from the truth, step by step.
TEST_P(TcpForged, NothingIsLearnedFromIt) {
  open();
  for (uint32_t i = 0; i < 256; ++i) {
    const uint32_t step = 0x20000 + i * 0x1000000;
    server(kAck, 9001 + step, 1001);
    server(kAck, 9001, 1001 + step);
    server(kAck, 9001 + step, 1001 + step);
  }
  const sl_flow reply = find_flow(lab, kReplyRoute)->flow;
  EXPECT_EQ(reply.tcp_end, 9001u);
  EXPECT_EQ(reply.tcp_ack, 1001u);
  ASSERT_EQ(server(kRst, 9001, 0), "forwarded");
  EXPECT_EQ(phase(), "closing");
}

TEST_P(TcpForged, ASynIntoALiveConnectionChangesNothing) {
  open();
  const sl_flow before = find_flow(lab, kReplyRoute)->flow;
  const Bytes scale_by_14{1, 3, 3, 14};
  ASSERT_EQ(from_wan(Ip4{.src = kFar, .dst = kWanAddress} /
                     Tcp{.sport = 80, .dport = 40000, .seq = 77, .flags = kSyn, .options = scale_by_14})
                .what,
            "forwarded");
  const sl_flow after = find_flow(lab, kReplyRoute)->flow;
  EXPECT_EQ(phase(), "established");
  EXPECT_EQ(after.tcp_scale, before.tcp_scale);
  EXPECT_EQ(after.tcp_end, before.tcp_end);
}

TEST_P(TcpForged, AnAnswerToAnotherSynIsNotBelieved) {
  ASSERT_EQ(client(kSyn, 1000, 0), "forwarded");
  ASSERT_EQ(server(kRst | kAck, 0, 70001), "forwarded");
  EXPECT_EQ(phase(), "half open");
  ASSERT_EQ(server(kRst, 1001, 0), "forwarded") << "acknowledges nothing";
  EXPECT_EQ(phase(), "half open");
  ASSERT_EQ(server(kSyn | kAck, 5000, 70001), "forwarded");
  ASSERT_EQ(client(kAck, 1001, 5001), "forwarded");
  EXPECT_EQ(phase(), "half open");
  ASSERT_EQ(server(kSyn | kAck, 9000, 1001), "forwarded");
  ASSERT_EQ(client(kAck, 1001, 9001), "forwarded");
  EXPECT_EQ(phase(), "established");
}

// RFC 6146 section 3.5.2.2: a reset that its sender knows nothing of does not shorten what goes on.
TEST_P(TcpForged, WhoGoesOnAfterAResetIsAlive) {
  open();
  ASSERT_EQ(server(kRst, 9001, 0), "forwarded");
  ASSERT_EQ(phase(), "closing");
  ASSERT_EQ(client(kAck, 1001, 9001, text("the other side has not heard of it")), "forwarded");
  ASSERT_EQ(server(kAck, 9001, 1001), "forwarded");
  EXPECT_EQ(phase(), "closing") << "that may have been on its way";
  ASSERT_EQ(server(kAck, 9001, 1001, text("news")), "forwarded");
  EXPECT_EQ(phase(), "established");
}

TEST_P(TcpForged, ALaterFragmentRefreshesNothing) {
  open();
  const std::vector<Bytes> pieces = fragment(
      build(Ip4{.src = kFar, .dst = kWanAddress, .df = false} /
            Tcp{.sport = 80, .dport = 40000, .seq = 9001 + 0x40000000u, .flags = kAck} / Bytes(64, 'x')),
      4);
  age_flow(lab, kRoute, 100);
  const uint32_t before = find_flow(lab, kReplyRoute)->flow.stamp;
  const Eth eth{.dst = lab.mac(At::kWan), .src = neighbour_mac(At::kWan, 2), .type = uint16_t{0x0800}};
  for (const Bytes& piece : pieces) EXPECT_EQ(from_wan(Layers{eth, piece}).what, "forwarded");
  EXPECT_EQ(find_flow(lab, kReplyRoute)->flow.stamp, before);
}

}   // namespace
}   // namespace sluice::test
