// SPDX-License-Identifier: GPL-2.0-or-later
// Buckets of limits as another gateway is told of them, and as this one keeps what it is told.
#include <chrono>

#include "../support/parsed.hpp"
#include "engine/limit_debt.hpp"
#include "limited.hpp"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class LimitDebts : public LimitedTest {
 protected:
  static constexpr int kBurst = 20;
  static std::string slow(std::string_view key) {
    return fmt::format(R"({{ "name": "slow", "from": "lan", "key": "{}", "rate": "1pps", "burst": "{}p" }})",
                       key, kBurst);
  }
  std::vector<LimitDebt> news(DebtNews& from, Clock::duration least = 0s) {
    std::vector<LimitDebt> debts;
    const auto taken = from.take(Clock::now() + least, debts);
    EXPECT_TRUE(taken) << taken.error().message;
    return debts;
  }
  std::unique_ptr<DebtNews> listen() { return lab.engine().debt_news().value(); }
  void keep(const std::vector<LimitDebt>& debts) {
    const auto kept = lab.engine().keep_debts(debts);
    ASSERT_TRUE(kept) << kept.error().message;
  }
  // As another gateway is that never had a packet.
  void refill() {
    std::vector<sl_limit_key> keys;
    ASSERT_TRUE(lab.tables().limit_buckets.for_each(
        [&](const sl_limit_key& key, const sl_bucket&) { keys.push_back(key); }));
    for (const sl_limit_key& key : keys) ASSERT_TRUE(lab.tables().limit_buckets.remove(key));
    const uint32_t number = passed_by("slow").number;
    ASSERT_TRUE(lab.tables().limit_shared.put(number, {}));
  }
  int32_t rows() { return lab.tables().limit_shared.find(passed_by("slow").number).value()->rows; }
  int passes(const Layers& packet) { return passed(At::kLan, packet, 2 * kBurst); }
};
ON_BOTH_HOOKS(LimitDebts);

TEST_P(LimitDebts, WhoIsHeldHereIsHeldThere) {
  for (const char* key : {"rule", "source", "source/24", "destination", "vrf"}) {
    limit(slow(key));
    refill();
    const auto debts_of = listen();
    EXPECT_GE(passes(datagram(kInside)), kBurst) << key;
    const auto debts = news(*debts_of);
    ASSERT_EQ(debts.size(), 1u) << key;
    EXPECT_GT(debts[0].full, Clock::now() + 15s);
    EXPECT_LE(debts[0].full, Clock::now() + 20s);
    refill();
    keep(debts);
    EXPECT_LT(passes(datagram(kInside)), kBurst / 2) << key;
    EXPECT_EQ(rows(), std::string_view(key) == "rule" ? 0 : 1) << key;
  }
}

TEST_P(LimitDebts, OfAFlowByWhatTheFlowIs) {
  limit(slow("flow"));
  const auto debts_of = listen();
  EXPECT_GE(passes(datagram(kInside)), kBurst);
  const auto debts = news(*debts_of);
  ASSERT_EQ(debts.size(), 1u);
  ASSERT_TRUE(std::holds_alternative<FlowKey>(debts[0].whose));
  EXPECT_EQ(std::get<FlowKey>(debts[0].whose), key_of(lab.engine().flows().value().at(0)));
  refill();
  keep(debts);
  EXPECT_LT(passes(datagram(kInside)), kBurst / 2);
  LimitDebt gone = debts[0];
  std::get<FlowKey>(gone.whose).source_port = 1;
  keep({gone});
  EXPECT_EQ(buckets(), 1u) << "there is no such flow";
}

TEST_P(LimitDebts, OnlyWhatIsNewIsTold) {
  limit(slow("source"));
  const auto debts_of = listen();
  EXPECT_TRUE(news(*debts_of).empty());
  ASSERT_EQ(passed(At::kLan, datagram(kInside), 4), 4);
  EXPECT_TRUE(news(*debts_of, 1min).empty()) << "it will be full by then";
  EXPECT_EQ(news(*debts_of, 1s).size(), 1u);
  EXPECT_TRUE(news(*debts_of).empty()) << "nobody took from it";
  ASSERT_EQ(passed(At::kLan, datagram(kSecond), 4), 4);
  const auto debts = news(*debts_of);
  ASSERT_EQ(debts.size(), 1u);
  EXPECT_EQ(debts[0].whose, LimitDebt::Whose(ip(kSecond)));
  EXPECT_EQ(news(*listen()).size(), 2u) << "who comes to hear is told all";
}

TEST_P(LimitDebts, WhatIsEmptierHereStaysSo) {
  limit(slow("source"));
  const auto debts_of = listen();
  ASSERT_EQ(passed(At::kLan, datagram(kInside), 2), 2);
  const auto debts = news(*debts_of);
  EXPECT_GE(passes(datagram(kInside)), kBurst - 2);
  keep(debts);
  EXPECT_LT(passes(datagram(kInside)), kBurst / 2);
}

TEST_P(LimitDebts, NoneIsEmptierThanTheLimitAllows) {
  limit(slow("source"));
  const uint32_t number = passed_by("slow").number;
  keep({{.limit = number, .whose = ip(kInside), .full = Clock::now() + 24h}});
  const auto debts = news(*listen());
  ASSERT_EQ(debts.size(), 1u);
  EXPECT_LE(debts[0].full, Clock::now() + 20s) << "its burst is shorter here";
  keep({{.limit = number + 1000, .whose = ip(kInside), .full = Clock::now() + 5s},
        {.limit = number, .whose = OfVrf{7}, .full = Clock::now() + 5s},
        {.limit = number, .whose = OfEndpoint{1}, .full = Clock::now() + 5s}});
  EXPECT_EQ(buckets(), 1u) << "no limit, and none that counts by these";
}

// One that had all the room takes it from nobody who has a bucket.
TEST_P(LimitDebts, WhoFindsNoRoomIsLeftOut) {
  limit(slow("source"));
  fill_buckets(lab);
  keep({{.limit = passed_by("slow").number, .whose = ip(kInside), .full = Clock::now() + 20s}});
  EXPECT_EQ(passed(At::kLan, datagram(kSecond), 5), 5) << "the bucket of all others is full";
}

}   // namespace
}   // namespace sluice::test
