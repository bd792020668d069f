// SPDX-License-Identifier: GPL-2.0-or-later
// How long those behind an interface take to answer while a connection is made, and packets to pass.
#include <chrono>
#include <numeric>

#include "tcp_flow.hpp"

namespace sluice::test {
namespace {

constexpr std::chrono::milliseconds kPause{5};
constexpr size_t kBucketOfPause = 13;   // 5,000 us are 13 bits: less than 8,192

uint64_t all_of(const sl_times& times) {
  return std::accumulate(std::begin(times.bucket), std::end(times.bucket), uint64_t{0});
}

// The client is behind `lan`, the server behind `wan`.
class ConnectTime : public TcpFlow {
 protected:
  ConnectTime() {
    lan_ = times(At::kLan);
    wan_ = times(At::kWan);
  }
  sl_times times(At device) {
    for (const InterfaceCount& count : lab.engine().interfaces().value())
      if (count.ifindex == lab.index(device)) return count.connect;
    return {};
  }
  // "server client", since the test began.
  std::string counted() {
    return std::to_string(all_of(times(At::kWan)) - all_of(wan_)) + " " +
           std::to_string(all_of(times(At::kLan)) - all_of(lan_));
  }

  sl_times lan_, wan_;
};
ON_BOTH_HOOKS(ConnectTime);

TEST_P(ConnectTime, EachSideIsCountedOnceAndWhereItIs) {
  client(kSyn, 1000, 0);
  EXPECT_EQ(counted(), "0 0");
  server(kSyn | kAck, 9000, 1001);
  EXPECT_EQ(counted(), "1 0");
  client(kAck, 1001, 9001);
  EXPECT_EQ(counted(), "1 1");
  server(kAck, 9001, 1001, Bytes(100));
  client(kAck, 1001, 9101);
  close();
  EXPECT_EQ(counted(), "1 1") << "what comes later is no handshake";
}

TEST_P(ConnectTime, EachSideHasItsOwnTime) {
  client(kSyn, 1000, 0);
  server(kSyn | kAck, 9000, 1001);
  const auto asked = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - asked < kPause) continue;
  client(kAck, 1001, 9001);
  ASSERT_EQ(counted(), "1 1");
  const sl_times lan = times(At::kLan), wan = times(At::kWan);
  const auto slow = [](const sl_times& now, const sl_times& before) {
    uint64_t sum = 0;
    for (size_t bucket = kBucketOfPause; bucket < SL_TIME_BUCKETS; ++bucket)
      sum += now.bucket[bucket] - before.bucket[bucket];
    return sum;
  };
  EXPECT_EQ(slow(lan, lan_), 1u) << "the client";
  EXPECT_GE(lan.sum - lan_.sum, 5'000u);
  EXPECT_LE(wan.sum - wan_.sum, lan.sum - lan_.sum + 60'000'000u) << "microseconds, and not the clock";
}

TEST_P(ConnectTime, WhatWasSentTwiceSaysNothing) {
  client(kSyn, 1000, 0);
  client(kSyn, 1000, 0);
  server(kSyn | kAck, 9000, 1001);
  EXPECT_EQ(counted(), "0 0") << "which SYN was answered?";
  client(kAck, 1001, 9001);
  EXPECT_EQ(counted(), "0 0");
}

TEST_P(ConnectTime, AnAnswerThatWasSentTwiceSaysNothingOfTheClient) {
  client(kSyn, 1000, 0);
  server(kSyn | kAck, 9000, 1001);
  server(kSyn | kAck, 9000, 1001);
  client(kAck, 1001, 9001);
  EXPECT_EQ(counted(), "1 0");
}

TEST_P(ConnectTime, WhatNobodyBelievesIsNoAnswer) {
  client(kSyn, 1000, 0);
  server(kSyn | kAck, 9000, 5001);
  EXPECT_EQ(counted(), "0 0") << "it answers another SYN";
  server(kRst | kAck, 0, 1001);
  EXPECT_EQ(counted(), "0 0") << "refused";
}

TEST_P(ConnectTime, TheGatewayIsNobodyBehindAnInterface) {
  const Ip4 asked{.src = kInside, .dst = kLanAddress}, answer{.src = kLanAddress, .dst = kInside};
  ASSERT_EQ(from_lan(asked / Tcp{.sport = 40000, .dport = 53, .seq = 1000, .flags = kSyn}).what, "to host");
  ASSERT_EQ(
      lab.leave(At::kLan,
                answer / Tcp{.sport = 53, .dport = 40000, .seq = 9000, .ack = 1001, .flags = kSyn | kAck})
          .what,
      "from host");
  EXPECT_EQ(counted(), "0 0");
  ASSERT_EQ(from_lan(asked / Tcp{.sport = 40000, .dport = 53, .seq = 1001, .ack = 9001, .flags = kAck}).what,
            "to host");
  EXPECT_EQ(counted(), "0 1") << "the client answered";
}

class ForwardTime : public HookTest {
 protected:
  sl_times times(At device) {
    for (const InterfaceCount& count : lab.engine().interfaces().value())
      if (count.ifindex == lab.index(device)) return count.forward;
    return {};
  }
};
ON_BOTH_HOOKS(ForwardTime);

// Packets go on for longer than the time between two samples, which is 4 s where a second has 250 jiffies;
// and until one was counted: on a busy machine this process may sleep through the jiffy that matters, but not
// each time.
TEST_P(ForwardTime, OneJiffyInMany) {
  constexpr uint32_t kEnough = 1024 + 8, kMost = 32 * kEnough;
  const sl_times before = times(At::kLan), other = times(At::kWan);
  const uint32_t begun = lab.jiffies();
  uint64_t sent = 0, counted = 0;
  const Bytes frame = lab.framed(At::kLan, Ip4{.src = kInside, .dst = kFar} / Udp{});
  lab.arrive_bytes(GetParam(), At::kLan, frame);
  for (uint32_t passed = 0; passed <= kEnough || (!counted && passed < kMost);
       passed = lab.jiffies() - begun) {
    for (int i = 0; i < 100; ++i, ++sent) {
      Bytes copy = frame;
      lab.run(GetParam(), At::kLan, copy);
    }
    counted = all_of(times(At::kLan)) - all_of(before);
  }
  ASSERT_GT(counted, 0u);
  EXPECT_LT(counted, sent / 16) << "a sample";
  const uint64_t sum = times(At::kLan).sum - before.sum;
  EXPECT_GT(sum, 0u);
  EXPECT_LT(sum / counted, 10'000'000u) << "nanoseconds";
  EXPECT_EQ(all_of(times(At::kWan)), all_of(other)) << "they came in elsewhere";
}

}   // namespace
}   // namespace sluice::test
