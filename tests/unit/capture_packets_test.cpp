// SPDX-License-Identifier: GPL-2.0-or-later
// Which packets a capture takes, in which shapes, and what it says of them.
#include <arpa/inet.h>
#include <gmock/gmock.h>

#include "capture/filter.hpp"
#include "capture/selection.hpp"
#include "capture/story.hpp"
#include "captured.hpp"
#include "maps/drop_reasons.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(PacketFilter, RefusesWhatIsNoneAndTakesWhatFits) {
  EXPECT_FALSE(PacketFilter::compile("udp portt 7"));
  EXPECT_THAT(PacketFilter::compile("udp portt 7").error().message, HasSubstr("udp portt 7"));
  const auto filter = PacketFilter::compile("udp port 7 and host 192.0.2.1");
  ASSERT_TRUE(filter);
  const auto fits = datagram(1, 2, 7), other = datagram(1, 2, 8);
  EXPECT_TRUE(filter->takes(pcapng::LinkType::kEthernet, fits, 42));
  EXPECT_FALSE(filter->takes(pcapng::LinkType::kEthernet, other, 42));
  EXPECT_TRUE(filter->takes(pcapng::LinkType::kIp, std::span(fits).subspan(ETH_HLEN), 28));
  EXPECT_TRUE(PacketFilter::compile(" ")->takes(pcapng::LinkType::kIp, other, 42));
}

TEST(PacketFilter, OfLinkHeadersTakesNothingThatHasNone) {
  const auto filter = PacketFilter::compile("ether host 00:00:00:00:00:00");
  ASSERT_TRUE(filter);
  const auto frame = datagram(1, 2, 7);
  EXPECT_TRUE(filter->takes(pcapng::LinkType::kEthernet, frame, 42));
  EXPECT_FALSE(filter->takes(pcapng::LinkType::kIp, frame, 42));
}

TEST(CapturePairs, BelongTogetherByTheirNumber) {
  CapturePairs pairs;
  const auto frame = datagram(1, 2, 7);
  EXPECT_FALSE(pairs.take(sample_of(left(5), frame)));   // what came was lost
  EXPECT_FALSE(pairs.take(sample_of(came(6), frame)));
  EXPECT_FALSE(pairs.take(sample_of(came(7), frame)));   // what became of 6 was lost
  EXPECT_FALSE(pairs.take(sample_of(left(6), frame)));
  const auto packet = pairs.take(sample_of(left(7), frame));
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->in.bytes, frame);
  EXPECT_FALSE(pairs.take(sample_of(left(7), frame)));
}

TEST(CapturePairs, RefuseWhatIsTooShort) {
  CapturePairs pairs;
  auto sample = sample_of(came(7), datagram(1, 2, 7));
  for (size_t size = 0; size + 4 < sample.size(); ++size)
    EXPECT_FALSE(pairs.take(std::span(sample).first(size)));
  EXPECT_FALSE(pairs.take(sample_of(left(7), {})));
}

TEST(CapturePairs, PutTheTagBesideAFrameBackIntoIt) {
  CapturedFrame frame;
  sl_captured record = came(1);
  record.tag_protocol = htons(ETH_P_8021Q);
  record.tag = 0x2014;
  ASSERT_TRUE(read_captured(sample_of(record, datagram(1, 2, 7)), frame));
  EXPECT_EQ(frame.record.length, ETH_HLEN + 28 + 4);
  EXPECT_THAT(std::vector(frame.bytes.begin() + 12, frame.bytes.begin() + 18),
              ElementsAre(std::byte{0x81}, std::byte{0}, std::byte{0x20}, std::byte{0x14}, std::byte{8},
                          std::byte{0}));
}

TEST(CapturePairs, BlankLinkAddressesThatTheKernelWritesLater) {
  auto unresolved = left(1);
  unresolved.flags = SL_FLOW_LINK;
  auto frame = datagram(1, 2, 7);
  frame[0] = frame[11] = std::byte{0xee};
  CapturedFrame seen;
  ASSERT_TRUE(read_captured(sample_of(unresolved, frame), seen));
  EXPECT_EQ(seen.bytes, datagram(1, 2, 7));
  ASSERT_TRUE(read_captured(sample_of(left(1), frame), seen));
  EXPECT_EQ(seen.bytes, frame);
}

TEST_F(Captured, PacketHasOneShapeOnEachSide) {
  const auto found = shapes(pair(came(1), datagram(1, 2, 7), left(1), datagram(9, 2, 7)));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].device, 2u);
  EXPECT_EQ(found[0].direction, pcapng::Direction::kIn);
  EXPECT_EQ(found[1].device, 3u);
  EXPECT_EQ(found[1].direction, pcapng::Direction::kOut);
}

TEST_F(Captured, DeviceWithoutLinkHeadersGetsWhatFollowsThem) {
  auto out = left(1);
  out.ifindex = 4;
  const auto found = shapes(pair(came(1), datagram(1, 2, 7), out, datagram(1, 2, 7)));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].link, pcapng::LinkType::kIp);
  EXPECT_EQ(found[1].length, 28u);
  EXPECT_EQ(found[1].bytes.front(), std::byte{0x45});
}

TEST_F(Captured, TunnelIsSeenFromOutsideAndFromInside) {
  std::vector<std::byte> wrapped(50);
  const auto inner = datagram(1, 2, 7);
  wrapped.insert(wrapped.end(), inner.begin(), inner.end());
  auto out = left(1);
  out.tunnel = 1;
  out.hook = SL_CAPTURED_XDP;
  out.l3_off = 50 + ETH_HLEN;
  out.flags |= SL_FLOW_TUNNEL;
  const auto found = shapes(pair(came(1), wrapped, out, wrapped));
  ASSERT_EQ(found.size(), 4u);
  for (const size_t side : {0, 3}) EXPECT_EQ(found[side].length, wrapped.size());
  for (const size_t side : {1, 2}) {
    EXPECT_EQ(found[side].length, inner.size());
    EXPECT_TRUE(std::ranges::equal(found[side].bytes, inner));
  }
}

TEST_F(Captured, EitherShapeMayFit) {
  const auto packet = pair(came(1), datagram(1, 2, 7), left(1), datagram(9, 2, 7));
  for (const auto& [filter, fits] :
       {std::pair{"host 192.0.2.1", true}, {"host 192.0.2.9", true}, {"host 192.0.2.4", false}}) {
    const auto selection = CaptureSelection::of({.filter = filter});
    ASSERT_TRUE(selection);
    EXPECT_EQ(selection->takes(shapes(packet)), fits) << filter;
  }
}

TEST(CaptureSelection, EachListNamesOneOfThePacket) {
  const auto takes = [](const CaptureWish& wish, const sl_captured& out) {
    return CaptureSelection::of(wish)->takes(out);
  };
  auto dropped = left(1);
  dropped.verdict = SL_V_DROPPED;
  dropped.reason = SL_DROP_POLICY;
  EXPECT_TRUE(takes({.rules = {11}, .zones = {2}, .vrfs = {0}}, left(1)));
  EXPECT_FALSE(takes({.rules = {12}}, left(1)));
  EXPECT_FALSE(takes({.rules = {11}, .zones = {3}}, left(1)));
  EXPECT_FALSE(takes({.vrfs = {9}}, left(1)));
  EXPECT_FALSE(takes({.drops = true}, left(1)));
  EXPECT_TRUE(takes({.drops = true}, dropped));
  EXPECT_TRUE(takes({.reasons = {SL_DROP_POLICY}}, dropped));
  EXPECT_FALSE(takes({.reasons = {SL_DROP_TTL}}, dropped));
  EXPECT_FALSE(takes({.reasons = {0}}, left(1)));
}

TEST(CaptureStory, NamesRulesAndTheirLines) {
  EXPECT_EQ(
      tell_captured(left(1), captured_home()),
      "forwarded: lan > internet by policy \"lan-out\" (home.json:14), translated by masquerade \"out\"");
  auto dropped = left(1);
  dropped.verdict = SL_V_DROPPED;
  dropped.reason = SL_DROP_POLICY;
  dropped.policy = dropped.nat = 0;
  EXPECT_EQ(tell_captured(dropped, captured_home()),
            "dropped: policy (no policy accepts it, or one says drop), lan > internet");
  dropped.asked = SL_ASKED_ADDRESSES;
  dropped.reason = SL_DROP_TOO_SHORT;
  EXPECT_EQ(tell_captured(dropped, captured_home()),
            "dropped: too-short (packet ends inside a header), from lan");
}

TEST(CaptureOrder, ComesBackAsItWas) {
  const CaptureOrder order{.wish = {.filter = "udp",
                                    .rules = {1},
                                    .zones = {2},
                                    .vrfs = {3},
                                    .reasons = {4},
                                    .drops = true,
                                    .packets = 5,
                                    .snaplen = 6,
                                    .seconds = 7,
                                    .bytes = 8},
                           .names = captured_home()};
  const auto back = decode_capture_order(encode_capture_order(order));
  ASSERT_TRUE(back);
  EXPECT_EQ(encode_capture_order(*back), encode_capture_order(order));
  for (const char* line : {"", "{}", "[]", "{\"wish\":{},\"names\":{}}", "{\"wish\":"})
    EXPECT_FALSE(decode_capture_order(line)) << line;
}

}   // namespace
}   // namespace sluice::test
