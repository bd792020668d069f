// SPDX-License-Identifier: GPL-2.0-or-later
// The maximum segment size that a SYN offers is lowered to what fits, wherever the option stands, and never
// raised.
#include "support/answers.hpp"
#include "support/bpf_test.hpp"
#include "support/devices.hpp"

namespace sluice::test {
namespace {

Bytes mss_option(uint16_t value) {
  return {2, 4, static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value & 0xff)};
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// The value of the option as it arrives; 0: there is none.
uint16_t mss_of(const View& view) {
  const Bytes tcp = view.transport();
  const size_t end = (tcp[12] >> 4) * 4u;
  for (size_t at = 20; at + 1 < end && tcp[at];) {
    if (tcp[at] == 2) return static_cast<uint16_t>(tcp[at + 2] << 8 | tcp[at + 3]);
    at += tcp[at] == 1 ? 1 : std::max<size_t>(tcp[at + 1], 1);
  }
  return 0;
}

class Mss : public HookTest {
 protected:
  uint16_t through(const Bytes& options, const char* to = kFar) {
    const Outcome outcome = from_lan(Ip4{.src = kInside, .dst = to} / Tcp{.options = options});
    EXPECT_EQ(outcome.what, "forwarded");
    EXPECT_EQ(outcome.view().flaws(), "");
    return mss_of(outcome.view());
  }
};
ON_BOTH_HOOKS(Mss);

TEST_P(Mss, LowersAndNeverRaises) {
  EXPECT_EQ(through(mss_option(8960)), 1460);
  EXPECT_EQ(through(mss_option(1461)), 1460);
  EXPECT_EQ(through(mss_option(1460)), 1460);
  EXPECT_EQ(through(mss_option(1459)), 1459);
  EXPECT_EQ(through(mss_option(536)), 536);
  EXPECT_EQ(through(mss_option(0)), 0);
  EXPECT_EQ(through({}), 0) << "none is added";
}

TEST_P(Mss, WhereverTheOptionStands) {
  const Bytes nop{1}, permitted{4, 2}, scale{3, 3, 7}, stamp{8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
  EXPECT_EQ(through(nop + mss_option(9000)), 1460) << "at an odd byte";
  EXPECT_EQ(through(nop + nop + mss_option(9000)), 1460);
  EXPECT_EQ(through(scale + mss_option(9000)), 1460);
  EXPECT_EQ(through(permitted + stamp + scale + mss_option(9000)), 1460);
  EXPECT_EQ(through(Bytes(16, 1) + mss_option(9000)), 1460) << "behind sixteen that mean nothing";
  EXPECT_EQ(through(Bytes{0} + mss_option(9000)), 0) << "behind the end of the options";
}

TEST_P(Mss, EveryValueAtEveryAlignmentKeepsTheChecksumRight) {
  for (const size_t before : {0u, 1u, 2u, 3u})
    for (uint32_t value = 1400; value < 65536; value += 257) {
      const Outcome outcome =
          from_lan(Ip4{.src = kInside, .dst = kFar} /
                   Tcp{.options = Bytes(before, 1) + mss_option(static_cast<uint16_t>(value))});
      ASSERT_EQ(outcome.view().flaws(), "") << value << " behind " << before;
    }
}

TEST_P(Mss, BrokenOptionsAreLeftAlone) {
  EXPECT_EQ(through({2, 3, 35, 40}), 0x2328) << "a wrong length";
  EXPECT_EQ(through({5, 0, 2, 4, 35, 40}), 0) << "a length that does not go on";
  EXPECT_EQ(through({8, 40, 2, 4, 35, 40}), 0) << "a length past the header";
  EXPECT_EQ(through({1, 1, 1, 2}), 0) << "cut";
}

TEST_P(Mss, AnswersAreClampedToo) {
  const View seen = from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{}).view();
  const Layers answer =
      Ip4{.src = kFar, .dst = kWanAddress} /
      Tcp{.sport = 80, .dport = seen.sport, .ack = 1001, .flags = kSyn | kAck, .options = mss_option(9000)};
  const Outcome outcome = from_wan(answer);
  EXPECT_EQ(mss_of(outcome.view()), 1460);
  EXPECT_EQ(outcome.view().flaws(), "");
}

TEST_P(Mss, Ipv6HeadersAreLonger) {
  const Outcome outcome = from_lan(Ip6{.src = kInside6, .dst = kFar6} / Tcp{.options = mss_option(9000)});
  EXPECT_EQ(mss_of(outcome.view()), 1440);
  EXPECT_EQ(outcome.view().flaws(), "");
}

TEST_P(Mss, OnlySynsAreTouched) {
  from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{});
  const Outcome outcome =
      from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.flags = kAck, .options = mss_option(9000)});
  EXPECT_EQ(mss_of(outcome.view()), 9000);
}

// The smaller of both links, in both directions.
TEST_P(Mss, FitsTheSmallerLink) {
  ASSERT_TRUE(set_mtu("wan", 1400));
  lab.apply_again();
  EXPECT_EQ(through(mss_option(9000)), 1360);
  const View seen = from_lan(Ip4{.src = kInside, .dst = kFar} / Tcp{.sport = 41000}).view();
  const Outcome back =
      from_wan(Ip4{.src = kFar, .dst = kWanAddress} /
               Tcp{.sport = 80, .dport = seen.sport, .flags = kSyn | kAck, .options = mss_option(9000)});
  EXPECT_EQ(mss_of(back.view()), 1360);
  ASSERT_TRUE(set_mtu("wan", 1500));
  lab.apply_again();
}

}   // namespace
}   // namespace sluice::test
