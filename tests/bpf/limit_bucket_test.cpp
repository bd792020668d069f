// SPDX-License-Identifier: GPL-2.0-or-later
// Buckets of limits: where they are kept, when they go, what they outlive.
#include "limited.hpp"

namespace sluice::test {
namespace {

class LimitBucket : public LimitedTest {};
ON_BOTH_HOOKS(LimitBucket);

// A flood of invented sources gains nothing by filling the table.
TEST_P(LimitBucket, WhoFindsNoRoomSharesABucketWithAllOthersLikeThat) {
  limit(R"({ "name": "each", "from": "lan", "key": "source", "rate": "1pps", "burst": "30p" })");
  EXPECT_EQ(passed(At::kLan, datagram(kInside), 28), 28);
  fill_buckets(lab);   // which may take a few seconds
  EXPECT_LT(passed(At::kLan, datagram(kInside)), 6) << "who has a bucket keeps it";
  EXPECT_LT(passed(At::kLan, datagram(kSecond), 40), 40);
  EXPECT_EQ(passed(At::kLan, datagram(kMail)), 0);
  EXPECT_EQ(passed(At::kLan, datagram6(kInside6)), 0);
}

// 65,536 invented sources: those of one limit share a bucket then, and those of the other one have their own.
TEST_P(LimitBucket, AFullLimitTakesNothingFromAnother) {
  limit(R"({ "name": "each", "from": "lan", "key": "source", "rate": "1pps", "burst": "2p" },
           { "name": "there", "from": "dmz", "key": "destination", "rate": "1pps", "burst": "3p" })");
  fill_flows(lab);   // limits are asked before there is a flow
  const auto not_over = [&](const char* to) {
    int count = 0;
    for (int i = 0; i < 6; ++i) count += from(At::kDmz, datagram(kDmz, 40000, to)).what != kOver;
    return count;
  };
  const Bytes packet = lab.framed(At::kLan, Ip4{.src = "10.64.0.0", .dst = kFar} / Udp{.dport = 53});
  for (uint32_t source = 0; source < SL_MAX_BUCKETS; ++source) {
    Bytes frame = packet;
    frame[14 + 14] = static_cast<uint8_t>(source >> 8);
    frame[14 + 15] = static_cast<uint8_t>(source);
    const uint32_t sum = (frame[14 + 10] << 8 | frame[14 + 11]) + 0xffff - source;
    const uint32_t check = (sum & 0xffff) + (sum >> 16);
    frame[14 + 10] = static_cast<uint8_t>(check >> 8);
    frame[14 + 11] = static_cast<uint8_t>(check);
    lab.run(GetParam(), At::kLan, frame);
  }
  lab.counted_elsewhere();
  EXPECT_GE(buckets(), size_t{SL_MAX_BUCKETS} / 2);
  EXPECT_EQ(not_over(kFar), 3);
  EXPECT_EQ(not_over(kOutside), 3) << "a bucket of its own";
  lab.forget();
}

TEST_P(LimitBucket, BucketsThatAreFullAgainGo) {
  limit(R"({ "name": "fast", "from": "lan", "key": "source", "rate": "1000000pps", "burst": "1p" })");
  ASSERT_EQ(passed(At::kLan, datagram(kInside), 1), 1);
  EXPECT_EQ(buckets(), 1u);
  (void)lab.engine().gc(Engine::Gc::kExpired);
  EXPECT_EQ(buckets(), 0u);
  limit(R"({ "name": "slow", "from": "lan", "key": "source", "rate": "1pps", "burst": "2p" })");
  ASSERT_EQ(passed(At::kLan, datagram(kInside), 1), 1);
  (void)lab.engine().gc(Engine::Gc::kExpired);
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 1) << "what was taken stays taken";
}

TEST_P(LimitBucket, AnApplyKeepsBucketsAndCounters) {
  const std::string limits =
      R"({ "name": "each", "from": "lan", "key": "source", "rate": "1pps", "burst": "3p" },
                                { "name": "all", "from": "dmz", "rate": "1pps", "burst": "3p" })";
  limit(limits);
  ASSERT_EQ(passed(At::kLan, datagram(kInside), 2), 2);
  ASSERT_EQ(passed(At::kDmz, datagram(kDmz), 2), 2);
  Rules rules = home_rules();
  rules.more =
      fmt::format(R"(, "limits": [ {{ "name": "new", "to": "bare", "rate": "1pps" }}, {} ])", limits);
  lab.apply(document_of(rules));
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 1);
  EXPECT_EQ(passed(At::kDmz, datagram(kDmz)), 1);
  EXPECT_EQ(passed_by("each").packets, 3u);
}

// Numbers are given again: the one that comes does not pay for the one that went.
TEST_P(LimitBucket, ANewLimitStartsWithFullBuckets) {
  const auto apply = [&](const char* name, const char* key) {
    Rules rules = home_rules();
    rules.more = fmt::format(
        R"(, "limits": [ {{ "name": "{}", "from": "lan", "key": "{}", "rate": "1pps", "burst": "3p" }} ])",
        name, key);
    lab.apply(document_of(rules));
  };
  for (const char* key : {"rule", "source"}) {
    apply("first", key);
    EXPECT_EQ(passed(At::kLan, datagram(kInside)), 3) << key;
    lab.apply(home_document());
    apply("second", key);
    EXPECT_EQ(passed(At::kLan, datagram(kInside)), 3) << key;
    lab.apply(home_document());
  }
}

TEST_P(LimitBucket, FlowsThatAreThereGetTheLimitsOfTheRulesInForce) {
  const View seen = from_lan(datagram(kInside)).view();
  Rules rules = home_rules();
  rules.more = R"(, "limits": [ { "name": "up", "from": "lan", "rate": "1pps", "burst": "2p" },
                               { "name": "down", "from": "lan", "direction": "reply", "rate": "1pps", "burst": "3p" } ])";
  lab.apply(document_of(rules));
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 2);
  EXPECT_EQ(passed(At::kWan, answer_to(seen)), 3);
  lab.apply(home_document());
  EXPECT_EQ(passed(At::kLan, datagram(kInside)), 6);
  EXPECT_EQ(passed(At::kWan, answer_to(seen)), 6);
}

}   // namespace
}   // namespace sluice::test
