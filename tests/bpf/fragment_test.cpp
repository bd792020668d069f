// SPDX-License-Identifier: GPL-2.0-or-later
// Fragments: the first piece has the ports, the others follow it.
#include "support/answers.hpp"
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

class Fragments : public HookTest {
 protected:
  // The packets that leave, put together again.
  static Bytes reassemble(const std::vector<View>& pieces) {
    Bytes all;
    for (const View& piece : pieces) {
      const Bytes part = piece.transport();
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }
};
ON_BOTH_HOOKS(Fragments);

TEST_P(Fragments, AllPiecesAreTranslatedAlike) {
  const Bytes body(1000, 0x55);
  const Bytes whole = build(Ip4{.src = kInside, .dst = kFar, .df = false} / Udp{} / body);
  std::vector<View> pieces;
  for (const Bytes& piece : fragment(whole, 50)) {
    const Outcome outcome = from(At::kLan, piece);
    ASSERT_EQ(outcome.what, "forwarded");
    EXPECT_FALSE(outcome.handed_on);
    EXPECT_EQ(outcome.view().src, kWanAddress);
    EXPECT_EQ(outcome.view().flaws(), "");
    pieces.push_back(outcome.view());
  }
  ASSERT_EQ(pieces.size(), 3u);
  const View together(
      build(Eth{} / (Ip4{.src = kWanAddress, .dst = kFar, .protocol = kUdp} / reassemble(pieces))));
  EXPECT_EQ(together.flaws(), "") << "the checksum of the whole datagram";
  EXPECT_EQ(together.route(), "203.0.113.1:40000 > 198.51.100.7:53");
  EXPECT_EQ(flow_rows(lab).size(), 2u);
}

TEST_P(Fragments, TheAnswersPiecesFindTheirWayBack) {
  from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{});
  const Bytes whole = build(Ip4{.src = kFar, .dst = kWanAddress, .df = false} /
                            Udp{.sport = 53, .dport = 40000} / Bytes(900));
  for (const Bytes& piece : fragment(whole, 30)) {
    const Outcome outcome = from(At::kWan, piece);
    EXPECT_EQ(outcome.what, "forwarded");
    EXPECT_EQ(outcome.view().dst, kInside);
  }
}

TEST_P(Fragments, Ipv6PiecesToo) {
  const Bytes whole = build(Ip6{.src = kDmz6, .dst = kFar6} / Udp{} / Bytes(900, 7));
  std::vector<View> pieces;
  for (const Bytes& piece : fragment(whole, 40)) {
    const Outcome outcome = from(At::kDmz, piece);
    ASSERT_EQ(outcome.what, "forwarded");
    pieces.push_back(outcome.view());
  }
  const View together(
      build(Eth{} / (Ip6{.src = kWanAddress6, .dst = kFar6, .next = kUdp} / reassemble(pieces))));
  EXPECT_EQ(together.flaws(), "");
  EXPECT_EQ(together.src, kWanAddress6);
}

TEST_P(Fragments, EchoAndPortlessProtocols) {
  for (const Layers& layers : {Ip4{.src = kInside, .dst = kFar, .df = false} / Echo{} / Bytes(900),
                               Ip4{.src = kInside, .dst = kFar, .id = 77, .df = false} / Gre{} / Bytes(900)})
    for (const Bytes& piece : fragment(build(layers), 50)) EXPECT_EQ(from(At::kLan, piece).what, "forwarded");
}

TEST_P(Fragments, WithoutTheFirstNothingPasses) {
  const auto pieces = fragment(build(Ip4{.src = kInside, .dst = kFar, .df = false} / Udp{} / Bytes(900)), 50);
  EXPECT_EQ(from(At::kLan, pieces[1]).what, "put off");
  EXPECT_EQ(from(At::kLan, pieces[2]).what, "put off");
}

TEST_P(Fragments, OfARefusedPacketAreRefused) {
  const auto pieces =
      fragment(build(Ip4{.src = kInside, .dst = "198.51.100.66", .df = false} / Udp{} / Bytes(900)), 50);
  EXPECT_EQ(from(At::kLan, pieces[0]).what, "dropped: POLICY");
  EXPECT_EQ(from(At::kLan, pieces[1]).what, "put off") << "it waits for a first piece that is accepted";
}

TEST_P(Fragments, AnotherIdBelongsToAnotherPacket) {
  const auto first =
      fragment(build(Ip4{.src = kInside, .dst = kFar, .id = 1, .df = false} / Udp{} / Bytes(900)), 50);
  const auto other =
      fragment(build(Ip4{.src = kInside, .dst = kFar, .id = 2, .df = false} / Udp{} / Bytes(900)), 50);
  EXPECT_EQ(from(At::kLan, first[0]).what, "forwarded");
  EXPECT_EQ(from(At::kLan, other[1]).what, "put off");
}

TEST_P(Fragments, ThatFollowFromAnotherZoneAreDropped) {
  const auto pieces = fragment(build(Ip4{.src = kInside, .dst = kFar, .df = false} / Udp{} / Bytes(900)), 50);
  EXPECT_EQ(from(At::kLan, pieces[0]).what, "forwarded");
  EXPECT_EQ(from(At::kDmz, pieces[1]).what, "dropped: WRONG_ZONE");
}

TEST_P(Fragments, TheFirstMustHoldTheTransportHeader) {
  const Bytes whole = build(Ip4{.src = kInside, .dst = kFar, .df = false} / Tcp{} / Bytes(100));
  EXPECT_EQ(from(At::kLan, fragment(whole, 1)[0]).what, "dropped: TOO_SHORT") << "RFC 1858: tiny fragments";
}

// No error is ever sent about a later piece, and its TTL counts like any other's.
TEST_P(Fragments, LaterPiecesAreNotAnswered) {
  auto pieces =
      fragment(build(Ip4{.src = kInside, .dst = kFar, .ttl = 2, .df = false} / Udp{} / Bytes(900)), 50);
  EXPECT_EQ(from(At::kLan, pieces[0]).what, "forwarded");
  const auto dying =
      fragment(build(Ip4{.src = kInside, .dst = kFar, .ttl = 1, .df = false} / Udp{} / Bytes(900)), 50);
  EXPECT_EQ(from(At::kLan, dying[1]).what, "dropped: TTL");
}

}   // namespace
}   // namespace sluice::test
