// SPDX-License-Identifier: GPL-2.0-or-later
// Packets that may be fragmented and do not fit the next link go on in pieces (RFC 791, RFC 4787 REQ-13);
// pieces of masqueraded datagrams get an id of the gateway (RFC 6864).
#include <set>

#include "support/bpf_test.hpp"
#include "support/devices.hpp"
#include "support/put_back.hpp"

namespace sluice::test {
namespace {

constexpr uint32_t kMtu = 1300;   // IPv6 needs 1280 on the same link

class FragmentOut : public HookTest {
 protected:
  void SetUp() override { narrow(kMtu); }
  void TearDown() override {
    narrow(1500);
    HookTest::TearDown();
  }
  void narrow(uint32_t mtu) {
    ASSERT_TRUE(set_mtu("wan", mtu));
    lab.apply_again();
  }
  // What leaves for a packet that is too big, after its pieces have taken the way again.
  std::vector<View> cut(const Layers& packet, size_t pieces) {
    PutBack back(lab, At::kLan);
    EXPECT_EQ(from_lan(packet).what, "put off");
    std::vector<View> left;
    for (const Bytes& frame : back.take(pieces)) {
      EXPECT_EQ(View(frame).flaws(), "");
      const Outcome outcome = lab.arrive_bytes(Hook::kTcIngress, At::kLan, frame);
      EXPECT_EQ(outcome.what, "forwarded");
      left.push_back(outcome.view());
    }
    EXPECT_EQ(left.size(), pieces);
    return left;
  }
  static uint16_t word(const View& view, size_t at) {
    return static_cast<uint16_t>(view.bytes[view.l3 + at] << 8 | view.bytes[view.l3 + at + 1]);
  }
  static uint16_t id_of(const View& view) { return word(view, 4); }
  static size_t offset_of(const View& view) { return (word(view, 6) & 0x1fff) * 8u; }
  static bool more_after(const View& view) { return word(view, 6) & 0x2000; }
  static Bytes together(const std::vector<View>& pieces) {
    Bytes all;
    for (const View& piece : pieces) {
      EXPECT_EQ(offset_of(piece), all.size()) << "in order, without gaps";
      EXPECT_LE(piece.end - piece.l3, kMtu);
      const Bytes part = piece.transport();
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }
  static View whole(const std::vector<View>& pieces, uint8_t protocol) {
    return View(
        build(Eth{} / (Ip4{.src = kWanAddress, .dst = kFar, .protocol = protocol} / together(pieces))));
  }
  const Ip4 ip{.src = kInside, .dst = kFar, .df = false};
};
ON_BOTH_HOOKS(FragmentOut);

TEST_P(FragmentOut, APacketThatDoesNotFitGoesOnInPieces) {
  const auto pieces = cut(ip / Udp{} / Bytes(1400, 0x5a), 2);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_TRUE(more_after(pieces[0]));
  EXPECT_FALSE(more_after(pieces[1]));
  EXPECT_EQ(whole(pieces, kUdp).flaws(), "") << "the checksum of the whole datagram";
  EXPECT_EQ(whole(pieces, kUdp).route(), "203.0.113.1:40000 > 198.51.100.7:53");
  EXPECT_EQ(pieces[0].ttl, 63) << "one hop, whatever way the pieces took";
}

TEST_P(FragmentOut, ALargerOneInMore) {
  EXPECT_EQ(whole(cut(ip / Udp{} / Bytes(3000, 0x5a), 3), kUdp).flaws(), "");
}

TEST_P(FragmentOut, EchoesToo) {
  const auto pieces = cut(ip / Echo{} / Bytes(1400, 0x5a), 2);
  EXPECT_EQ(whole(pieces, kIcmp).flaws(), "");
}

TEST_P(FragmentOut, AFragmentIsCutFurther) {
  const auto first = fragment(build(ip / Udp{} / Bytes(3400, 3)), 180);
  std::vector<View> all;
  for (const Bytes& piece : first) {
    const Layers packet =
        Eth{.dst = lab.mac(At::kLan), .src = neighbour_mac(At::kLan, 2), .type = 0x0800} / piece;
    if (piece.size() > kMtu)
      for (const View& part : cut(packet, 2)) all.push_back(part);
    else
      all.push_back(from_lan(packet).view());
  }
  EXPECT_EQ(whole(all, kUdp).flaws(), "");
  EXPECT_FALSE(more_after(all.back()));
  for (size_t i = 0; i + 1 < all.size(); ++i) EXPECT_TRUE(more_after(all[i])) << i;
}

// Two options: one that every piece carries (the highest bit, RFC 791), and one that only the first does.
TEST_P(FragmentOut, OptionsAreCopiedAsTheySay) {
  Ip4 with = ip;
  with.options = {0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0};
  const auto pieces = cut(with / Udp{} / Bytes(1400), 2);
  const auto options = [](const View& view) {
    return Bytes(view.bytes.begin() + view.l3 + 20, view.bytes.begin() + view.l4);
  };
  EXPECT_EQ(options(pieces[0]), with.options);
  EXPECT_EQ(options(pieces[1]), (Bytes{0x94, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0}));
}

// As a sender on the same machine leaves it to its device: the field holds the sum of the pseudo header.
TEST_P(FragmentOut, AnUnfinishedChecksumIsFinishedBefore) {
  const Bytes body(1401, 0x7e);
  const View complete(lab.framed(At::kLan, ip / Udp{} / body));
  const uint8_t pseudo[] = {
      192, 168, 10, 2, 198, 51, 100, 7, 0, 17, uint8_t((body.size() + 8) >> 8), uint8_t(body.size() + 8)};
  const uint16_t unfinished = internet_sum(pseudo, sizeof(pseudo));
  ASSERT_NE(unfinished, complete.check);
  const auto pieces = cut(ip / Udp{.checksum = unfinished} / body, 2);
  EXPECT_EQ(whole(pieces, kUdp).flaws(), "");
}

TEST_P(FragmentOut, NoChecksumStaysNone) {
  EXPECT_EQ(whole(cut(ip / Udp{.checksum = 0} / Bytes(1400), 2), kUdp).check, 0);
}

TEST_P(FragmentOut, NeverWithDontFragmentNorASuperPacket) {
  EXPECT_EQ(from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(1400)).what, "answered: TOO_BIG");
  EXPECT_EQ(from(At::kLan, ip / Udp{} / Bytes(2800), {.gso_size = 1400}).what, "dropped: TOO_BIG")
      << "each of its datagrams would have to be made first";
}

TEST_P(FragmentOut, ATtlThatEndsHereIsNotCut) {
  Ip4 dying = ip;
  dying.ttl = 1;
  EXPECT_EQ(from_lan(dying / Udp{} / Bytes(1400)).what, "answered: TTL");
}

class FragmentId : public HookTest {
 protected:
  std::vector<View> send(const Layers& packet) {
    std::vector<View> left;
    for (const Bytes& piece : fragment(build(packet), 50))
      left.push_back(
          from_lan(Eth{.dst = lab.mac(At::kLan), .src = neighbour_mac(At::kLan, 2), .type = 0x0800} / piece)
              .view());
    return left;
  }
  static int id_of(const View& view) { return view.bytes[view.l3 + 4] << 8 | view.bytes[view.l3 + 5]; }
};
ON_BOTH_HOOKS(FragmentId);

TEST_P(FragmentId, TwoHostsWithOneIdGetTwo) {
  std::set<int> ids;
  for (const char* host : {kInside, kSecond}) {
    const auto pieces = send(Ip4{.src = host, .dst = kFar, .id = 5, .df = false} / Udp{} / Bytes(900));
    ASSERT_EQ(pieces.size(), 3u);
    for (const View& piece : pieces) {
      EXPECT_EQ(id_of(piece), id_of(pieces[0])) << "one id for all pieces of a datagram";
      EXPECT_EQ(piece.flaws(), "");
    }
    ids.insert(id_of(pieces[0]));
  }
  EXPECT_EQ(ids.size(), 2u);
}

TEST_P(FragmentId, NoIdComesAgainSoon) {
  std::set<int> ids;
  for (uint16_t id = 0; id < 200; ++id)
    ids.insert(id_of(send(Ip4{.src = kInside, .dst = kFar, .id = id, .df = false} / Udp{} / Bytes(900))[0]));
  EXPECT_EQ(ids.size(), 200u);
}

TEST_P(FragmentId, WithoutTranslationItStays) {
  for (const View& piece : send(Ip4{.src = kInside, .dst = kDmz, .id = 5, .df = false} / Udp{} / Bytes(900)))
    EXPECT_EQ(id_of(piece), 5);
}

TEST_P(FragmentId, WholePacketsKeepTheirs) {
  EXPECT_EQ(id_of(from_lan(Ip4{.src = kInside, .dst = kFar, .id = 77, .df = false} / Udp{}).view()), 77);
}

}   // namespace
}   // namespace sluice::test
