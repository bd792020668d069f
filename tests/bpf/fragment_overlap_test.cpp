// SPDX-License-Identifier: GPL-2.0-or-later
// Fragments that do not fit together: overlaps, copies, tiny first pieces, ends that contradict (RFC 1858,
// 3128, 5722).
#include "support/bpf_test.hpp"

namespace sluice::test {
namespace {

struct Piece {
  uint16_t from, units;
  bool more = true;
};

class Overlap : public HookTest {
 protected:
  // A piece of one datagram of UDP, in units of 8 bytes; it starts with the UDP header.
  std::string send(Piece piece, uint16_t id = 7) {
    Ip4 ip{.src = kInside, .dst = kFar, .id = id, .df = false, .more = piece.more, .offset = piece.from};
    if (piece.from) {
      ip.protocol = kUdp;
      return from_lan(ip / Bytes(piece.units * 8u, 0x11)).what;
    }
    return from_lan(ip / Udp{.length = 4000, .checksum = 0x1111} / Bytes(piece.units * 8u - 8, 0x11)).what;
  }
  std::string send6(Piece piece) {
    Ip6 ip{.src = kInside6, .dst = kFar6};
    const Fragment6 header{.offset = piece.from, .more = piece.more};
    if (piece.from) {
      Bytes bytes = build(ip / header / Bytes(piece.units * 8u, 0x11));
      bytes[40] = kUdp;
      return from(At::kLan,
                  Eth{.dst = lab.mac(At::kLan), .src = neighbour_mac(At::kLan, 2), .type = 0x86dd} / bytes)
          .what;
    }
    return from_lan(ip / header / Udp{.length = 4000, .checksum = 0x1111} / Bytes(piece.units * 8u - 8, 0x11))
        .what;
  }
};
ON_BOTH_HOOKS(Overlap);

TEST_P(Overlap, EndsTheDatagram) {
  EXPECT_EQ(send({0, 10}), "forwarded");
  EXPECT_EQ(send({20, 10}), "forwarded");
  EXPECT_EQ(send({15, 10}), "dropped: OVERLAP");
  EXPECT_EQ(send({10, 5}), "dropped: OVERLAP") << "nothing of it passes any more";
  EXPECT_EQ(send({0, 10}, 8), "forwarded") << "another datagram";
}

TEST_P(Overlap, OfTheFirstPieceIsCaughtToo) {
  EXPECT_EQ(send({0, 10}), "forwarded");
  EXPECT_EQ(send({1, 20}), "dropped: OVERLAP") << "RFC 1858: it would rewrite the transport header";
}

TEST_P(Overlap, Ipv6Too) {
  EXPECT_EQ(send6({0, 10}), "forwarded");
  EXPECT_EQ(send6({10, 10}), "forwarded");
  EXPECT_EQ(send6({19, 10}), "dropped: OVERLAP");
  EXPECT_EQ(send6({30, 10}), "dropped: OVERLAP");
}

TEST_P(Overlap, ACopyIsDroppedByItself) {
  EXPECT_EQ(send({0, 10}), "forwarded");
  EXPECT_EQ(send({10, 10}), "forwarded");
  EXPECT_EQ(send({10, 10}), "dropped: OVERLAP");
  EXPECT_EQ(send({0, 10}), "dropped: OVERLAP");
  EXPECT_EQ(send({20, 10, false}), "forwarded") << "the rest goes on";
}

TEST_P(Overlap, TheSameIdServesAgainWhenAllHasPassed) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(send({0, 10}), "forwarded");
    EXPECT_EQ(send({10, 10, false}), "forwarded");
  }
}

TEST_P(Overlap, TheEndIsSaidOnce) {
  EXPECT_EQ(send({0, 10}), "forwarded");
  EXPECT_EQ(send({20, 10, false}), "forwarded");
  EXPECT_EQ(send({40, 10, false}), "dropped: OVERLAP") << "another end";
}

TEST_P(Overlap, NothingLiesBehindTheEnd) {
  EXPECT_EQ(send({0, 10}), "forwarded");
  EXPECT_EQ(send({40, 10}), "forwarded");
  EXPECT_EQ(send({20, 10, false}), "dropped: OVERLAP") << "an end before what has passed";
  EXPECT_EQ(send({0, 10}, 8), "forwarded");
  EXPECT_EQ(send({20, 10, false}, 8), "forwarded");
  EXPECT_EQ(send({30, 10}, 8), "dropped: OVERLAP") << "behind the end";
}

TEST_P(Overlap, AcrossWordsOfTheNote) {
  EXPECT_EQ(send({0, 100}), "forwarded");
  EXPECT_EQ(send({100, 92}), "forwarded");
  EXPECT_EQ(send({192, 64}), "forwarded");
  EXPECT_EQ(send({255, 2}), "dropped: OVERLAP");
}

TEST_P(Overlap, FirstPiecesHoldTheWholeTransportHeader) {
  const auto tiny = [&](const Layers& layers, uint16_t units) {
    const Bytes piece = fragment(build(layers), units)[0];
    return from(At::kLan,
                Eth{.dst = lab.mac(At::kLan), .src = neighbour_mac(At::kLan, 2), .type = 0x0800} / piece)
        .what;
  };
  const Ip4 ip{.src = kInside, .dst = kFar, .df = false};
  EXPECT_EQ(tiny(ip / Tcp{} / Bytes(100), 2), "dropped: TOO_SHORT");
  EXPECT_EQ(tiny(ip / Tcp{.options = Bytes(20, 1)} / Bytes(100), 3), "dropped: BAD_HEADER")
      << "its options are cut";
  EXPECT_EQ(tiny(ip / Sctp{} / Bytes(100), 1), "dropped: TOO_SHORT");
  EXPECT_EQ(tiny(ip / Udp{} / Bytes(100), 1), "forwarded") << "UDP's header is one unit";
}

// RFC 7112: the first piece has the whole chain of headers.
TEST_P(Overlap, FirstPiecesHoldAllExtensionHeaders) {
  const Layers cut = Ip6{.src = kInside6, .dst = kFar6} / Fragment6{.more = true} / Extension{.units = 4};
  EXPECT_EQ(from_lan(cut).what, "dropped: BAD_HEADER");
}

TEST_P(Overlap, PiecesEndAtWholeUnitsAndInsideOfADatagram) {
  const Ip4 ip{.src = kInside, .dst = kFar, .df = false, .more = true, .offset = 10, .protocol = kUdp};
  EXPECT_EQ(from_lan(ip / Bytes(13)).what, "dropped: BAD_HEADER");
  Ip4 end = ip;
  end.offset = 8191;
  end.more = false;
  EXPECT_EQ(from_lan(end / Bytes(8)).what, "dropped: BAD_HEADER") << "longer than 65535 bytes";
  EXPECT_EQ(from_lan(end / Bytes(7)).what, "put off");
}

TEST_P(Overlap, ARefusedFirstPieceIsNotNoted) {
  const Ip4 ip{.src = kFar, .dst = kWanAddress, .df = false, .more = true};
  EXPECT_EQ(from_wan(ip / Udp{.dport = 4444, .length = 4000} / Bytes(16)).what, "dropped: POLICY");
  Ip4 later = ip;
  later.offset = 3;
  later.protocol = kUdp;
  EXPECT_EQ(from_wan(later / Bytes(16)).what, "put off") << "and not by the policy: nobody knows its ports";
}

}   // namespace
}   // namespace sluice::test
