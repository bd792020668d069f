// SPDX-License-Identifier: GPL-2.0-or-later
// How exact a limit is: two CPUs send as fast as they can for a while, and what passed is compared with what
// the rate and the burst give in just that time.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "support/bpf_test.hpp"
#include "support/in_parallel.hpp"

namespace sluice::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr double kExact = 0.02;

class LimitRate : public HookTest {
 protected:
  void limit(const std::string& limits) {
    Rules rules = home_rules();
    rules.more = fmt::format(R"(, "limits": [ {} ])", limits);
    use(rules);
  }

  struct Sent {
    uint64_t packets = 0, passed = 0;
    double seconds = 0;
  };

  // Packet number n of a CPU is frames[n % size], so that many keys are asked by turns.
  Sent flood(const std::vector<Bytes>& frames, milliseconds time) {
    for (const Bytes& frame : frames) send(frame);   // the flows are there: no first packet is in the way
    const uint64_t before = passed();
    std::atomic<uint64_t> packets = 0;
    const auto start = Clock::now();
    in_parallel(2, [&](int) {
      for (uint64_t n = 0; Clock::now() - start < time; ++n, ++packets) send(frames[n % frames.size()]);
    });
    const std::chrono::duration<double> took = Clock::now() - start;
    return {packets, passed() - before, took.count()};
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
  limit(R"({ "name": "all", "from": "lan", "rate": "20000pps", "burst": "1000p" })");
  const Sent sent =
      flood({lab.framed(At::kLan, Ip4{.src = kInside, .dst = kFar} / Udp{})}, milliseconds(1000));
  ASSERT_GT(static_cast<double>(sent.packets), 1.5 * 20000 * sent.seconds)
      << "too slow a machine for this rate";
  EXPECT_NEAR(static_cast<double>(sent.passed), 20000 * sent.seconds + 1000, kExact * 20000 * sent.seconds);
}

TEST_P(LimitRate, BitsAreExactFromTwoCpus) {
  limit(R"({ "name": "all", "from": "lan", "rate": "100mbit", "burst": "1MB" })");
  const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(972);
  const Sent sent = flood({lab.framed(At::kLan, packet)}, milliseconds(1000));
  ASSERT_GT(static_cast<double>(sent.packets), 1.5 * 12500 * sent.seconds)
      << "too slow a machine for this rate";
  EXPECT_NEAR(static_cast<double>(sent.passed), 12500 * sent.seconds + 1000, kExact * 12500 * sent.seconds);
}

TEST_P(LimitRate, ManyKeysAreExactTogether) {
  constexpr int kKeys = 100;
  limit(R"({ "name": "each", "from": "lan", "key": "source", "rate": "200pps", "burst": "10p" })");
  std::vector<Bytes> frames;
  for (int i = 0; i < kKeys; ++i)
    frames.push_back(lab.framed(At::kLan, Ip4{.src = fmt::format("10.64.0.{}", i + 1), .dst = kFar} / Udp{}));
  const Sent sent = flood(frames, milliseconds(1000));
  const double all = 200.0 * kKeys * sent.seconds;
  ASSERT_GT(static_cast<double>(sent.packets), 1.5 * all) << "too slow a machine for this rate";
  EXPECT_NEAR(static_cast<double>(sent.passed), all + 10 * kKeys, kExact * all);
}

}   // namespace
}   // namespace sluice::test
