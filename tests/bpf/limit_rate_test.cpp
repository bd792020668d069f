// SPDX-License-Identifier: GPL-2.0-or-later
// How exact a limit is: two CPUs send as fast as they can for a while, and what passed is compared with what
// the rate and the burst give in just that time.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "support/bpf_test.hpp"
#include "support/in_parallel.hpp"

namespace sluice::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr double kExact = 0.02;
constexpr int kCpus = 2;
constexpr uint64_t kLast = 1000;   // packets after the time is over: what was saved up while a CPU was busy

class LimitRate : public HookTest {
 protected:
  void limit(const std::string& limits) {
    Rules rules = home_rules();
    rules.more = fmt::format(R"(, "limits": [ {} ])", limits);
    use(rules);
  }

  struct Sent {
    uint64_t packets = 0, passed = 0;
    double least = 0, most = 0;   // seconds that it took, for the packets and with all around them
  };
  // Of one CPU: the first packet came after `begins` and before `began`, the last one likewise.
  struct Times {
    Clock::time_point begins, began, ends, ended;
    uint64_t packets = 0;
  };

  // Packet number n of a CPU is frames[n % size], so that many keys are asked by turns.
  Times send_all(const std::vector<Bytes>& frames, milliseconds time) {
    Times times{.begins = Clock::now()};
    send(frames[0]);
    times.began = Clock::now();
    uint64_t n = 1;
    while (Clock::now() - times.begins < time) send(frames[n++ % frames.size()]);
    for (const uint64_t end = n + kLast; n < end; ++n) send(frames[n % frames.size()]);
    times.ends = Clock::now();
    send(frames[0]);
    times.ended = Clock::now();
    times.packets = n + 1;
    return times;
  }

  // The buckets hold a second: a CPU that has other work for a while loses nothing by it.
  Sent flood(const std::vector<Bytes>& frames, milliseconds time) {
    std::array<Times, kCpus> of;
    in_parallel(kCpus, [&](int cpu) { of[static_cast<size_t>(cpu)] = send_all(frames, time); });
    const auto seconds = [](auto from, auto to) { return std::chrono::duration<double>(to - from).count(); };
    return {of[0].packets + of[1].packets, passed(),
            seconds(std::min(of[0].began, of[1].began), std::max(of[0].ends, of[1].ends)),
            seconds(std::min(of[0].begins, of[1].begins), std::max(of[0].ended, of[1].ended))};
  }

  void expect_exact(const Sent& sent, double rate, double burst) {
    ASSERT_GT(static_cast<double>(sent.packets), 1.2 * (rate * sent.most + burst)) << "too slow a machine";
    EXPECT_GE(static_cast<double>(sent.passed), (1 - kExact) * rate * sent.least + burst);
    EXPECT_LE(static_cast<double>(sent.passed), (1 + kExact) * rate * sent.most + burst);
  }

  uint64_t passed() {
    for (const ObjectCount& object : lab.engine().objects().value())
      if (object.kind == SL_OBJECT_LIMIT) return object.packets;
    return 0;
  }

 private:
  void send(Bytes frame) { lab.run(GetParam(), At::kLan, frame); }
};
ON_BOTH_HOOKS(LimitRate);

TEST_P(LimitRate, OneBucketIsExactFromTwoCpus) {
  limit(R"({ "name": "all", "from": "lan", "rate": "5000pps", "burst": "5000p" })");
  expect_exact(flood({lab.framed(At::kLan, Ip4{.src = kInside, .dst = kFar} / Udp{})}, milliseconds(1000)),
               5000, 5000);
}

TEST_P(LimitRate, BitsAreExactFromTwoCpus) {
  limit(R"({ "name": "all", "from": "lan", "rate": "40mbit", "burst": "5MB" })");
  const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(972);
  expect_exact(flood({lab.framed(At::kLan, packet)}, milliseconds(1000)), 5000, 5000);
}

TEST_P(LimitRate, ManyKeysAreExactTogether) {
  constexpr int kKeys = 25;
  limit(R"({ "name": "each", "from": "lan", "key": "source", "rate": "200pps", "burst": "200p" })");
  std::vector<Bytes> frames;
  for (int i = 0; i < kKeys; ++i)
    frames.push_back(lab.framed(At::kLan, Ip4{.src = fmt::format("10.64.0.{}", i + 1), .dst = kFar} / Udp{}));
  expect_exact(flood(frames, milliseconds(1000)), 200 * kKeys, 200 * kKeys);
}

}   // namespace
}   // namespace sluice::test
