// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel's VXLAN device has to do is left to it, unchanged: who is behind which remote, what XDP
// cannot sum up or send. And the marks and tags of the outer packet.
#include "support/devices.hpp"
#include "tunnels.hpp"

namespace sluice::test {
namespace {

const Layers kAsked = Ip4{.src = kDmz, .dst = kFar} / Udp{.sport = 1111, .dport = 53};
const Layers kAnswered = Ip4{.src = kFar, .dst = kWanAddress} / Udp{.sport = 53, .dport = 1111};
constexpr Mac kStation = neighbour_mac(At::kDmz, 2), kOther = neighbour_mac(At::kDmz, 77);

class TunnelEnds : public TunnelTest {
 protected:
  TunnelEnds() { use_tunnel(4); }

  size_t rows() {
    size_t count = 0;
    EXPECT_TRUE(lab.tables().tunnel_ends.for_each([&](const auto&, const auto&) { ++count; }));
    return count;
  }
  // By XDP alone.
  bool is_opened(const Layers& layers = kAsked, const Outer& outer = {}) {
    const Outcome seen = wrapped(layers, outer);
    return seen.what == "forwarded" && !seen.handed_on;
  }
  bool is_made(const Layers& layers = kAnswered) {
    const Outcome seen = from_wan(layers);
    EXPECT_EQ(seen.what, "forwarded");   // by tc, to the tunnel's device
    return !seen.handed_on;
  }
};

TEST_F(TunnelEnds, TheKernelSeesASenderFirst) {
  know(kOther);
  EXPECT_FALSE(is_opened()) << "so that it learns where it is";
  know(kStation);
  EXPECT_TRUE(is_opened());
}

TEST_F(TunnelEnds, WhoMovedIsForgotten) {
  know(kStation, "203.0.113.8");
  EXPECT_FALSE(is_opened());
  EXPECT_EQ(rows(), 0u) << "nothing is sent to where it was";
}

TEST_F(TunnelEnds, WhatTheDocumentSaysIsNotForgotten) {
  know(kStation, "203.0.113.8", false);
  EXPECT_FALSE(is_opened()) << "the kernel drops what does not come from there";
  EXPECT_EQ(rows(), 1u);
}

TEST_F(TunnelEnds, WithoutLearningNobodyIsAsked) {
  use_tunnel(4, {.learning = false});
  know(kOther);
  EXPECT_TRUE(is_opened());
}

TEST_F(TunnelEnds, AnAddressThatIsBehindNobodyKnownIsTheKernels) {
  ASSERT_TRUE(is_opened());
  EXPECT_TRUE(is_made());
  know(kOther);
  EXPECT_FALSE(is_made());
}

TEST_F(TunnelEnds, ARowThatStaysKeepsItsWayAndAnotherRemoteIsLookedUp) {
  ASSERT_TRUE(is_opened());
  ASSERT_TRUE(is_made());
  EXPECT_EQ(from_wan(kAnswered).view().dst, "203.0.113.9");
  know(kStation, "198.51.100.8");
  EXPECT_EQ(from_wan(kAnswered).view().dst, "198.51.100.8") << "by the route to it";
}

TEST_F(TunnelEnds, FollowTheNeighbour) {
  ASSERT_TRUE(is_opened());
  ASSERT_TRUE(is_made());
  const Mac moved = neighbour_mac(At::kWan, 99);
  ASSERT_TRUE(add_neighbour("wan", "203.0.113.9", moved));
  ASSERT_TRUE(lab.engine().refresh_next_hops(Engine::Hops::kNeighbours));
  EXPECT_EQ(from_wan(kAnswered).view().dst_mac, moved);
  ASSERT_TRUE(add_neighbour("wan", "203.0.113.9", neighbour_mac(At::kWan, 9)));
}

TEST_F(TunnelEnds, WhoseSumIsNotToldAreTheKernels) {
  const Ip4 asks{.src = kDmz, .dst = kFar}, answers{.src = kFar, .dst = kWanAddress};
  ASSERT_TRUE(is_opened());
  EXPECT_FALSE(is_made(answers / Udp{.sport = 53, .dport = 1111, .checksum = 0})) << "none";
  EXPECT_TRUE(is_made()) << "and this one still";
  EXPECT_FALSE(is_opened(asks / Sctp{.sport = 7, .dport = 7})) << "nor is the outer checksum told";
  ASSERT_TRUE(is_opened(asks / Sctp{.sport = 7, .dport = 7}, {.checksum = 0}));
  EXPECT_FALSE(is_made(answers / Sctp{.sport = 7, .dport = 7})) << "a sum of another kind";
  ASSERT_TRUE(is_opened(asks / UdpLite{.sport = 1111}, {.checksum = 0}));
  EXPECT_FALSE(is_made(answers / UdpLite{.sport = 53, .dport = 1111}));
  ASSERT_TRUE(is_opened(Ip4{.src = kDmz, .dst = kFar, .df = false} / Udp{.sport = 1111, .dport = 53}));
  EXPECT_FALSE(is_made(Ip4{.src = kFar, .dst = kWanAddress, .df = false, .more = true} /
                       Udp{.sport = 53, .dport = 1111, .length = 100} / Bytes(16)))
      << "a piece";
}

TEST_F(TunnelEnds, DatagramsWithMoreBehindThemAreTheKernels) {
  ASSERT_TRUE(is_opened());
  const Udp shorter{.sport = 53, .dport = 1111, .length = 8, .checksum = 0x1234};
  EXPECT_FALSE(is_made(Ip4{.src = kFar, .dst = kWanAddress} / shorter / Bytes(8)));
}

TEST_F(TunnelEnds, AreMadeAsLargeAsTheWayTakes) {
  ASSERT_TRUE(set_mtu("dmz", 1450));
  use_tunnel(4);
  ASSERT_TRUE(is_opened());
  const Outcome full = from_wan(kAnswered / Bytes(1450 - 28));
  EXPECT_EQ(full.what, "forwarded");
  EXPECT_FALSE(full.handed_on);
  EXPECT_EQ(full.frame.size(), 1514u);
  EXPECT_EQ(from_wan(kAnswered / Bytes(1450 - 27)).what, "answered: TOO_BIG");
  ASSERT_TRUE(set_mtu("dmz", 1500));   // more than the way takes: its device says so
  use_tunnel(4);
  ASSERT_TRUE(is_opened());
  EXPECT_FALSE(is_made(kAnswered / Bytes(1451 - 28)));
}

TEST_F(TunnelEnds, CongestionIsToldInside) {
  const auto inside = [](uint8_t ecn) {
    return Ip4{.src = kDmz, .dst = kFar, .tos = static_cast<uint8_t>(0xb8 | ecn)} /
           Udp{.sport = 1111, .dport = 53};
  };
  for (const uint8_t ecn : {1, 2, 3}) {
    const Outcome seen = wrapped(inside(ecn), {.tos = 3});
    ASSERT_FALSE(seen.handed_on);
    EXPECT_EQ(seen.view().tos, 0xb8 | 3);
    EXPECT_EQ(seen.view().flaws(), "");
  }
  EXPECT_FALSE(is_opened(inside(0), {.tos = 3})) << "what cannot be told is the kernel's to refuse";
  EXPECT_EQ(wrapped(inside(2), {.tos = 1}).view().tos, 0xb8 | 2) << "and nothing else of the outer packet";
  for (const uint8_t ecn : {0, 1, 2, 3}) {
    const Outcome back =
        from_wan(Ip4{.src = kFar, .dst = kWanAddress, .tos = static_cast<uint8_t>(0xb8 | ecn)} /
                 Udp{.sport = 53, .dport = 1111});
    EXPECT_EQ(back.view().tos, ecn) << "without the class, which is the inner network's own";
    EXPECT_EQ(back.view().flaws(), "");
  }
}

TEST_F(TunnelEnds, CongestionIsToldInsideOfIpv6) {
  const Outcome seen = wrapped(
      Ip6{.src = kDmz6, .dst = kFar6, .traffic_class = 0xb9} / Udp{.sport = 1, .dport = 53}, {.tos = 3});
  ASSERT_FALSE(seen.handed_on);
  EXPECT_EQ(seen.view().tos, 0xbb);
}

TEST_F(TunnelEnds, PiecesOfOuterPacketsAreTheKernels) { EXPECT_FALSE(is_opened(kAsked, {.more = true})); }

TEST_F(TunnelEnds, OverIpv6NeedAChecksumAndOverIpv4DoNot) {
  EXPECT_TRUE(is_opened(kAsked, {.checksum = 0}));
  use_tunnel(6);
  EXPECT_FALSE(is_opened(kAsked, {.checksum = 0}));
  EXPECT_TRUE(is_opened());
}

TEST_F(TunnelEnds, WhoseOuterPacketsAreLimitedAreTheKernels) {
  const auto limited = [](const std::string& match) {
    return fmt::format(R"(, "limits": [ {{ "name": "l", {}, "rate": "1000pps" }} ])", match);
  };
  for (const char* match : {R"("from": "internet", "to": "host")", R"("protocol": "udp", "ports": 4789)",
                            R"("from": "host", "destination": "203.0.113.0/24")"}) {
    use_tunnel(4, {.more = limited(match)});
    EXPECT_FALSE(is_opened()) << match;
    use_tunnel(4);
    ASSERT_TRUE(is_opened());
  }
  for (const char* match : {R"("from": "dmz", "to": "internet")", R"("protocol": "tcp")",
                            R"("from": "internet", "to": "host", "source": "198.51.100.0/24")"}) {
    use_tunnel(4, {.more = limited(match)});
    EXPECT_TRUE(is_opened()) << match;
  }
}

TEST_F(TunnelEnds, TagAndTunnelArePutOnAtOnce) {
  use_tunnel(4, {.vlans = {{"wan", {"bare", 30, false}}}});
  const auto tag = [](Bytes frame) {
    const Bytes words{0x81, 0x00, 0, 30};
    frame.insert(frame.begin() + 12, words.begin(), words.end());
    return frame;
  };
  Bytes frame = tag(framed_outer(lab.framed(At::kDmz, kAsked), {}));
  const Outcome out = lab.arrive_bytes(Hook::kXdp, At::kBare, frame);
  ASSERT_EQ(out.what, "forwarded");
  EXPECT_FALSE(out.handed_on);
  const Outcome back = lab.arrive_bytes(Hook::kXdp, At::kBare, tag(lab.framed(At::kWan, kAnswered)));
  ASSERT_EQ(back.what, "forwarded");
  EXPECT_FALSE(back.handed_on);
  Bytes bare = back.frame;
  bare.erase(bare.begin() + 12, bare.begin() + 16);
  EXPECT_EQ(tag(bare), back.frame);
  EXPECT_EQ(View(bare).flaws(), "");
  EXPECT_EQ(View(bare).dst, remote());
}

}   // namespace
}   // namespace sluice::test
