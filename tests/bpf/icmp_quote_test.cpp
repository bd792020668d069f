// SPDX-License-Identifier: GPL-2.0-or-later
// What an ICMP error may look like on the wire: options, long quotations, wrong checksums (RFC 5508 REQ-3).
#include "icmp_errors.hpp"

namespace sluice::test {
namespace {

class IcmpQuote : public HookTest {
 protected:
  // What comes back to the inside when somebody outside complains about that packet, with so much of it
  // quoted.
  Outcome complaint_about(const Layers& packet, size_t transport_bytes) {
    const View seen = from_lan(packet).view();
    return from_wan(error_about(seen, seen.dst, seen.src, quote_of(seen, transport_bytes)));
  }
};
ON_BOTH_HOOKS(IcmpQuote);

TEST_P(IcmpQuote, OptionsOfTheQuotedPacketStay) {
  for (const size_t quoted : {8, 1000}) {
    const Layers packet = Ip4{.src = kInside, .dst = kFar, .options = {1, 1, 1, 0}} / Udp{} / text("asks");
    const Outcome outcome = complaint_about(packet, quoted);
    ASSERT_EQ(outcome.what, "forwarded");
    EXPECT_EQ(outcome.view().flaws(), "");
    EXPECT_EQ(outcome.view().quoted().route(), "192.168.10.2:40000 > 198.51.100.7:53");
    EXPECT_EQ(outcome.view().quoted().flaws(), "") << "with " << quoted << " bytes quoted";
  }
}

TEST_P(IcmpQuote, LongQuotationsAreTranslatedLikeShortOnes) {
  for (const size_t quoted : {8u, 20u, 511u, 512u, 513u, 1024u, 1231u, 1400u})
    for (const Layers& packet : {Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(1401, 'x'),
                                 Ip4{.src = kInside, .dst = kFar} / Tcp{} / Bytes(1401, 'x'),
                                 Ip4{.src = kInside, .dst = kFar} / Echo{} / Bytes(1401, 'x')}) {
      const Outcome outcome = complaint_about(packet, quoted);
      ASSERT_EQ(outcome.what, "forwarded");
      EXPECT_EQ(outcome.view().flaws(), "") << quoted;
      EXPECT_EQ(outcome.view().quoted().src, kInside) << quoted;
      EXPECT_EQ(outcome.view().quoted().flaws(), "") << quoted;
    }
}

TEST_P(IcmpQuote, LongQuotationsOfIpv6) {
  for (const size_t quoted : {8u, 513u, 1192u}) {
    const View seen = from(At::kDmz, Ip6{.src = kDmz6, .dst = kFar6} / Udp{} / Bytes(1301, 'x')).view();
    const Outcome outcome = from_wan(error_about(seen, kFar6, seen.src, quote_of(seen, quoted)));
    ASSERT_EQ(outcome.what, "forwarded");
    EXPECT_EQ(outcome.view().flaws(), "") << quoted;
    EXPECT_EQ(outcome.view().quoted().src, kDmz6) << quoted;
  }
}

// RFC 5508 REQ-3a: a NAT does not judge what it cannot see whole.
TEST_P(IcmpQuote, AWrongChecksumOfTheQuotedTransportIsNoReason) {
  const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{.checksum = 0x1234} / text("asks");
  EXPECT_EQ(complaint_about(packet, 100).what, "forwarded");
}

TEST_P(IcmpQuote, AWrongChecksumOfTheErrorIs) {
  const View seen4 = from_lan(Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(700, 'x')).view();
  const View seen6 = from(At::kDmz, Ip6{.src = kDmz6, .dst = kFar6} / Udp{} / Bytes(700, 'x')).view();
  for (const View& seen : {seen4, seen6}) {
    const Bytes right = lab.framed(At::kWan, error_about(seen, seen.dst, seen.src, quote_of(seen, 600)));
    const size_t icmp = View(right).l4;
    for (const size_t at : {icmp + 1, icmp + 2, icmp + 4, icmp + 300, right.size() - 1}) {
      Bytes wrong = right;
      wrong[at] ^= 0x10;
      EXPECT_EQ(lab.arrive_bytes(GetParam(), At::kWan, wrong).what, "dropped: BAD_CHECKSUM") << at;
    }
    EXPECT_EQ(lab.arrive_bytes(GetParam(), At::kWan, right).what, "forwarded");
  }
}

}   // namespace
}   // namespace sluice::test
