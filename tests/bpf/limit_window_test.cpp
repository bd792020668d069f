// SPDX-License-Identifier: GPL-2.0-or-later
// TCP under a limit of bits: what acknowledgements that go back offer, and how the bucket's window moves.
#include <ctime>

#include "limited.hpp"

namespace sluice::test {
namespace {

constexpr uint64_t kMillisecond = 1'000'000ull << SL_LIMIT_TIME_SHIFT;

uint64_t clock_of_buckets() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (time.tv_sec * 1'000'000'000ull + time.tv_nsec) << SL_LIMIT_TIME_SHIFT;
}

class LimitWindow : public LimitedTest {
 protected:
  static constexpr auto kRate =
      R"({ "name": "up", "from": "lan", "key": "source", "rate": "80mbit", "burst": "3MB" })";

  void open(int client_scale, int server_scale) {
    const Outcome syn = from_lan(client(kSyn, 1000, 0, scaled(client_scale)));
    ASSERT_EQ(syn.what, "forwarded");
    there = syn.view();
    ASSERT_EQ(from_wan(server(kSyn | kAck, 9000, 1001, 0xffff, scaled(server_scale))).what, "forwarded");
    ASSERT_EQ(from_lan(client(kAck, 1001, 9001)).what, "forwarded");
  }
  static Bytes scaled(int by) { return by < 0 ? Bytes{} : Bytes{1, 3, 3, static_cast<uint8_t>(by)}; }
  static Layers client(uint8_t flags, uint32_t seq, uint32_t ack, Bytes options = {}) {
    return Ip4{.src = kInside, .dst = kFar} /
           Tcp{.seq = seq, .ack = ack, .flags = flags, .options = std::move(options)};
  }
  Layers server(uint8_t flags, uint32_t seq, uint32_t ack, uint16_t window = 0xffff,
                Bytes options = {}) const {
    return Ip4{.src = kFar, .dst = there->src} / Tcp{.sport = 80,
                                                     .dport = there->sport,
                                                     .seq = seq,
                                                     .ack = ack,
                                                     .flags = flags,
                                                     .window = window,
                                                     .options = std::move(options)};
  }
  // What the client is told, as it stands in the packet.
  int told(uint16_t window = 0xffff, uint32_t ack = 1001) {
    const Outcome answer = from_wan(server(kAck, 9001, ack, window));
    EXPECT_EQ(answer.what, "forwarded");
    const View seen = answer.view();
    EXPECT_EQ(seen.flaws(), "");
    return seen.bytes[seen.l4 + 14] << 8 | seen.bytes[seen.l4 + 15];
  }
  void change(const std::function<void(sl_bucket&)>& how) {
    auto& buckets = lab.tables().limit_buckets;
    std::vector<std::pair<sl_limit_key, sl_bucket>> rows;
    ASSERT_TRUE(buckets.for_each(
        [&](const sl_limit_key& key, const sl_bucket& row) { rows.emplace_back(key, row); }));
    ASSERT_EQ(rows.size(), 1u);
    how(rows[0].second);
    ASSERT_TRUE(buckets.put(rows[0].first, rows[0].second));
  }
  void hold(uint32_t window) {
    change([&](sl_bucket& b) {
      b.window = b.former = window;
      b.since = clock_of_buckets();
      b.full_at = b.since + 50 * kMillisecond;
    });
  }
  // The window after a measurement: so much of the bucket of 300 ms is used, so much of the rate passed.
  // Where the machine paused in the middle, so that the measurement took longer than it was to, it is made
  // once more.
  uint32_t after(uint32_t window, uint64_t used, uint64_t passed_percent, uint64_t took = 200) {
    const uint64_t pause = took * kMillisecond / 200;
    uint64_t now = 0;
    uint32_t found = 0;
    for (int attempt = 0; attempt < 1000; ++attempt) {
      change([&](sl_bucket& b) {
        now = clock_of_buckets();
        b.window = b.former = window;
        b.since = now - took * kMillisecond;
        b.full_at = now + used * kMillisecond;
        b.mark = b.full_at - took * kMillisecond * passed_percent / 100;
      });
      told();
      const bool was_short = clock_of_buckets() - now < pause;
      change([&](sl_bucket& b) { found = b.window; });
      if (was_short) return found;
    }
    ADD_FAILURE() << "the machine never let a packet pass within " << (pause >> SL_LIMIT_TIME_SHIFT) << " ns";
    return found;
  }

  std::optional<View> there;
};
ON_BOTH_HOOKS(LimitWindow);

TEST_P(LimitWindow, IsWhatAcknowledgementsOfferAtMost) {
  limit(kRate);
  open(7, 7);
  EXPECT_EQ(told(), 0xffff) << "while nothing is used";
  hold(64'000);
  EXPECT_EQ(told(), 500) << "in units of 128";
  EXPECT_EQ(told(400), 400) << "the receiver's own is smaller";
  EXPECT_EQ(told(0), 0) << "it is closed";
}

TEST_P(LimitWindow, IsInTheUnitsThatBothSidesAgreedOn) {
  limit(kRate);
  open(-1, 7);
  hold(32'000);
  EXPECT_EQ(told(), 32'000) << "the client asked for none";
}

// The largest scale there is also stands for one that was not seen (flows that another engine carried
// before).
TEST_P(LimitWindow, IsNotWrittenWhereTheScaleIsNotKnown) {
  limit(kRate);
  open(7, 14);
  hold(6'000);
  EXPECT_EQ(told(), 0xffff);
}

TEST_P(LimitWindow, DoesNotEndBeforeWhatWasSent) {
  limit(kRate);
  open(7, 7);
  for (uint32_t seq = 1001; seq < 1001 + 32'000; seq += 1000)
    ASSERT_EQ(from_lan(client(kAck, seq, 9001) / Bytes(1000)).what, "forwarded");
  hold(6'400);
  EXPECT_EQ(told(), 250) << "32,000 bytes are on their way";
  EXPECT_EQ(told(0xffff, 1001 + 16'000), 125);
  EXPECT_EQ(told(0xffff, 1001 + 32'000), 50);
}

TEST_P(LimitWindow, IsNoneOfLimitsOfPacketsAndOfThoseThatMark) {
  limit(R"({ "name": "up", "from": "lan", "key": "source", "rate": "9000pps" })");
  open(7, 7);
  hold(6'400);
  EXPECT_EQ(told(), 0xffff);
}

TEST_P(LimitWindow, BeginsWhenAnEighthIsUsed) {
  limit(kRate);
  open(7, 7);
  EXPECT_EQ(after(0, 20, 200, 30), 0u);
  EXPECT_EQ(after(0, 60, 90, 30), 0u) << "it gets less, but not by this";
  const uint32_t offered = 0xffff << 7;
  EXPECT_NEAR(after(0, 60, 160, 30), offered / 1.6, offered / 100.0);
  EXPECT_NEAR(after(0, 60, 900, 30), offered / 9.0, offered / 100.0);
}

TEST_P(LimitWindow, GoesWithWhatPassesAndWhatIsUsed) {
  limit(kRate);
  open(7, 7);
  EXPECT_NEAR(after(100'000, 150, 100), 100'000, 2'000) << "as it should be";
  EXPECT_NEAR(after(100'000, 150, 125), 90'000, 2'000) << "too much passes";
  EXPECT_NEAR(after(100'000, 75, 100), 106'000, 2'000) << "less is used than half";
  EXPECT_NEAR(after(100'000, 225, 100), 93'700, 2'000) << "more is used than half";
  EXPECT_NEAR(after(100'000, 295, 100), 75'000, 2'000) << "packets are dropped";
  EXPECT_NEAR(after(100'000, 0, 100, 60), 150'000, 2'000) << "nothing is used";
  EXPECT_EQ(after(3'000, 295, 100), 3'000u) << "two packets at least";
}

TEST_P(LimitWindow, IsForgottenAfterARest) {
  limit(kRate);
  open(7, 7);
  EXPECT_EQ(after(100'000, 0, 0, 4000), 0u);
}

}   // namespace
}   // namespace sluice::test
