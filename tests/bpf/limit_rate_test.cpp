// SPDX-License-Identifier: GPL-2.0-or-later
// How exact a limit is: two CPUs send as fast as they can for a while, and what passed is compared with what
// the rate and the burst give between moments at which the bucket is known to be empty, because nothing
// passed.
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

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
constexpr std::chrono::seconds kHolds{1};       // what each bucket does; the rates below are by the second
constexpr std::chrono::seconds kPatience{60};   // until a flood finds a bucket empty

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

class LimitRate : public HookTest {
 protected:
  void limit(const std::string& limits) {
    Rules rules = home_rules();
    rules.more = fmt::format(R"(, "limits": [ {} ])", limits);
    use(rules);
  }

  // A round is one packet of each key. Nothing of this one passed: each bucket was empty at some time of it.
  struct Refused {
    Clock::time_point from, to;
  };

  // For so long, and on until nothing passes. Whatever else the CPU did meanwhile, all that was saved up is
  // used then.
  std::vector<Refused> flood_from_one(const std::vector<Bytes>& frames, milliseconds time) {
    const auto begins = Clock::now();
    std::vector<Refused> found;
    for (auto from = begins, to = from; to - begins < kPatience; from = to) {
      const bool refused =
          std::ranges::count_if(frames, [&](const Bytes& frame) { return passes(frame); }) == 0;
      to = Clock::now();
      if (!refused) continue;
      if (found.empty() || to - found.back().to > milliseconds(1)) found.push_back({from, to});
      if (to - begins < time) continue;
      found.push_back({from, to});
      break;
    }
    return found;
  }

  // By all CPUs, in the order in which they ended.
  std::vector<Refused> flood(const std::vector<Bytes>& frames, milliseconds time) {
    std::array<std::vector<Refused>, kCpus> of;
    in_parallel(kCpus, [&](int cpu) { of[static_cast<size_t>(cpu)] = flood_from_one(frames, time); });
    std::vector<Refused> all;
    for (const auto& one : of) all.insert(all.end(), one.begin(), one.end());
    std::ranges::sort(all, {}, &Refused::to);
    return all;
  }

  // What full buckets hold passes at once, and from one moment at which they are empty to another the rate
  // and no more.
  void expect_exact(const std::vector<Bytes>& frames, double rate) {
    const auto begins = Clock::now();
    const std::vector<Refused> first = flood(frames, milliseconds(0));
    ASSERT_FALSE(first.empty()) << "it was no flood";
    const double held = rate * seconds(kHolds), burst = static_cast<double>(passed());
    EXPECT_GE(burst, (1 - kExact) * held) << fate_of(frames.front());
    EXPECT_LE(burst, held + (1 + kExact) * rate * seconds(first.back().to - begins));

    std::vector<Refused> second = flood(frames, milliseconds(1000));
    ASSERT_FALSE(second.empty()) << "it was no flood";
    const double gained = static_cast<double>(passed()) - burst;
    const Clock::duration least = second.back().from - first.back().to,
                          most = second.back().to - first.back().from;
    second.insert(second.begin(), first.back());
    EXPECT_GE(gained, (1 - kExact) * rate * seconds(least - lost(second))) << fate_of(frames.front());
    EXPECT_LE(gained, (1 + kExact) * rate * seconds(most));
  }

  // What becomes of one more.
  std::string fate_of(const Bytes& frame) {
    return "one more is " + lab.arrive_bytes(GetParam(), At::kLan, frame).what;
  }

  // A bucket that nobody asked for longer than it holds was full meanwhile.
  static Clock::duration lost(const std::vector<Refused>& empty) {
    Clock::duration sum{};
    for (size_t i = 1; i < empty.size(); ++i)
      sum += std::max(Clock::duration{}, empty[i].to - empty[i - 1].from - kHolds);
    return sum;
  }

  uint64_t passed() {
    for (const ObjectCount& object : lab.engine().objects().value())
      if (object.kind == SL_OBJECT_LIMIT) return object.packets;
    return 0;
  }

 private:
  bool passes(Bytes frame) {
    return lab.run(GetParam(), At::kLan, frame) != (GetParam() == Hook::kXdp ? XDP_DROP : TC_ACT_SHOT);
  }
};
ON_BOTH_HOOKS(LimitRate);

TEST_P(LimitRate, OneBucketIsExactFromTwoCpus) {
  limit(R"({ "name": "all", "from": "lan", "rate": "5000pps", "burst": "5000p" })");
  expect_exact({lab.framed(At::kLan, Ip4{.src = kInside, .dst = kFar} / Udp{})}, 5000);
}

TEST_P(LimitRate, BitsAreExactFromTwoCpus) {
  limit(R"({ "name": "all", "from": "lan", "rate": "40mbit", "burst": "5MB" })");
  const Layers packet = Ip4{.src = kInside, .dst = kFar} / Udp{} / Bytes(972);
  expect_exact({lab.framed(At::kLan, packet)}, 5000);
}

TEST_P(LimitRate, ManyKeysAreExactTogether) {
  constexpr int kKeys = 25;
  limit(R"({ "name": "each", "from": "lan", "key": "source", "rate": "200pps", "burst": "200p" })");
  std::vector<Bytes> frames;
  for (int i = 0; i < kKeys; ++i)
    frames.push_back(lab.framed(At::kLan, Ip4{.src = fmt::format("10.64.0.{}", i + 1), .dst = kFar} / Udp{}));
  expect_exact(frames, 200 * kKeys);
}

}   // namespace
}   // namespace sluice::test
