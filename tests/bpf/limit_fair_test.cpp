// SPDX-License-Identifier: GPL-2.0-or-later
// The last part of a bucket of bytes is for flows that had less of it than another one.
#include "limited.hpp"

namespace sluice::test {
namespace {

class LimitFair : public LimitedTest {
 protected:
  static constexpr auto kLimit = R"({ "name": "slow", "from": "lan", "rate": "1kbit", "burst": "64000B" })";

  // Of so many packets with 1,000 bytes each.
  int passed_of(uint16_t sport, int packets) {
    return passed(At::kLan,
                  Ip4{.src = kInside, .dst = kFar} / Tcp{.sport = sport, .flags = kSyn} / Bytes(960),
                  packets);
  }
};
ON_BOTH_HOOKS(LimitFair);

TEST_P(LimitFair, WhoHasMostLeavesTheRestToOthers) {
  limit(kLimit);
  ASSERT_EQ(passed_of(1, 20), 20);
  ASSERT_EQ(passed_of(2, 2), 2);
  const int most = 20 + passed_of(1, 60);
  EXPECT_LT(most, 62);
  EXPECT_GE(passed_of(2, 10), 3);
  EXPECT_EQ(passed_by("slow").packets, 64u);
}

TEST_P(LimitFair, WhoIsAloneHasAll) {
  limit(kLimit);
  ASSERT_EQ(passed_of(2, 1), 1) << "nobody has asked for much yet";
  EXPECT_EQ(passed_of(1, 100), 63);
}

TEST_P(LimitFair, WhoHasLittleMoreLosesNothing) {
  limit(kLimit);
  int all = 0;
  for (int turn = 0; turn < 40; ++turn)
    for (const uint16_t port : {1, 2}) all += passed_of(port, 1);
  EXPECT_EQ(all, 64);
}

TEST_P(LimitFair, DatagramsHaveAllOfIt) {
  limit(kLimit);
  const auto datagrams = [&](uint16_t sport, int packets) {
    return passed(At::kLan, datagram(kInside, sport) / Bytes(972), packets);
  };
  ASSERT_EQ(datagrams(1, 20), 20);
  ASSERT_EQ(datagrams(2, 2), 2);
  EXPECT_EQ(datagrams(1, 60), 42);
}

TEST_P(LimitFair, LimitsOfPacketsTellNobodyApart) {
  limit(R"({ "name": "slow", "from": "lan", "rate": "1pps", "burst": "64p" })");
  ASSERT_EQ(passed_of(1, 20), 20);
  ASSERT_EQ(passed_of(2, 2), 2);
  EXPECT_EQ(passed_of(1, 60), 42);
}

}   // namespace
}   // namespace sluice::test
