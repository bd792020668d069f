// SPDX-License-Identifier: GPL-2.0-or-later
// What answers make of an address, when it is asked next, and what goes over the wire.
#include <gtest/gtest.h>

#include "health/checker.hpp"
#include "health/rise_and_fall.hpp"
#include "health/wire.hpp"

namespace sluice::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::vector<Health> judged(RiseAndFall judge, std::string_view answers) {
  std::vector<Health> states;
  for (const char answer : answers) {
    judge.note(answer == '+');
    states.push_back(judge.state());
  }
  return states;
}

constexpr Health kU = Health::kUnknown, kP = Health::kUp, kD = Health::kDown;

TEST(HealthJudge, FallsAfterSoManyFailuresInARow) {
  EXPECT_EQ(judged(RiseAndFall(2, 3, kU), "+--+---"), (std::vector{kP, kP, kP, kP, kP, kP, kD}));
}

TEST(HealthJudge, OneThatNobodyKnowsTakesFlowsUntilItFalls) {
  EXPECT_EQ(judged(RiseAndFall(2, 3, kU), "---"), (std::vector{kU, kU, kD}));
}

TEST(HealthJudge, RisesAfterSoManyAnswersInARow) {
  EXPECT_EQ(judged(RiseAndFall(3, 1, kD), "++-+++"), (std::vector{kD, kD, kD, kD, kD, kP}));
}

TEST(HealthJudge, GoesOnWithTheStateOfBefore) {
  EXPECT_EQ(judged(RiseAndFall(2, 3, kD), "+-"), (std::vector{kD, kD}));
  EXPECT_EQ(judged(RiseAndFall(2, 3, kP), "--"), (std::vector{kP, kP}));
}

TEST(HealthLatency, AMeanFollowsSlowly) {
  Latency latency;
  EXPECT_EQ(latency.mean(), std::nullopt);
  latency.note(microseconds(8000));
  EXPECT_EQ(latency.mean(), microseconds(8000));
  latency.note(microseconds(16000));
  EXPECT_EQ(latency.mean(), microseconds(9000));
}

TEST(HealthLatency, IsToldWhenItMoved) {
  Latency latency;
  EXPECT_FALSE(latency.has_moved());
  latency.note(microseconds(10000));
  EXPECT_TRUE(latency.has_moved());
  latency.note(microseconds(10100));
  EXPECT_FALSE(latency.has_moved());
  latency.note(microseconds(20000));
  EXPECT_TRUE(latency.has_moved());
}

TEST(HealthLatency, WhatIsLessThanATenthOfAMillisecondIsNotTold) {
  Latency latency;
  latency.note(microseconds(50));
  EXPECT_TRUE(latency.has_moved());
  latency.note(microseconds(800));
  EXPECT_FALSE(latency.has_moved()) << "a mean of 143";
  latency.note(microseconds(800));
  EXPECT_TRUE(latency.has_moved());
}

// From the last answer to the last of `fall` failures, each of which takes the timeout.
milliseconds time_to_fall(const HealthCheck& check) {
  auto time = std::chrono::duration_cast<milliseconds>(pause_before_next(check, false, 0));
  for (uint32_t failures = 1; failures < check.fall; ++failures)
    time += std::chrono::duration_cast<milliseconds>(pause_before_next(check, true, 0));
  return time + check.timeout;
}

TEST(HealthSchedule, WhatDoesNotAnswerFallsWithinItsIntervals) {
  for (const auto& [interval, timeout, fall] : std::vector<std::tuple<int, int, uint32_t>>{
           {2000, 1000, 3}, {1000, 200, 2}, {100, 60, 5}, {1000, 500, 2}}) {
    HealthCheck check{.interval = milliseconds(interval), .timeout = milliseconds(timeout), .fall = fall};
    EXPECT_LE(time_to_fall(check), check.interval * fall) << interval << " " << timeout << " " << fall;
  }
}

TEST(HealthSchedule, JitterComesEarlierOnly) {
  const HealthCheck check{.interval = milliseconds(1000)};
  EXPECT_EQ(pause_before_next(check, false, 0), microseconds(1'000'000));
  EXPECT_EQ(pause_before_next(check, false, 1), microseconds(950'000));
}

TEST(HealthWire, TargetsArriveAsTheyWere) {
  HealthTarget target{
      .name = "web/vm7/near", .address = *IpAddress::parse("2001:db8::7"), .port = 443, .device = "lan"};
  target.check = {.type = CheckType::kHttps,
                  .host = "a.example",
                  .body = std::string("\0\xff", 2),
                  .least_status = 204,
                  .most_status = 204,
                  .tls_verify = false};
  target.state = Health::kDown;
  HealthTarget other = target;
  other.name = "web/vm8/near";
  other.check.send = "\n";
  const std::string line = encode_targets({target, other});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto order = decode_order(line);
  ASSERT_TRUE(order);
  const auto* decoded = std::get_if<std::vector<HealthTarget>>(&*order);
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->size(), 2u);
  EXPECT_EQ((*decoded)[0].name, target.name);
  EXPECT_EQ((*decoded)[0].address, target.address);
  EXPECT_EQ((*decoded)[0].device, "lan");
  EXPECT_EQ((*decoded)[0].state, Health::kDown);
  EXPECT_EQ((*decoded)[0].check, target.check);
  EXPECT_EQ((*decoded)[1].check, other.check);
}

TEST(HealthWire, FilesOfCertificatesArriveAsTheyWere) {
  const TrustFiles files{{"/etc/a\xff.pem", {"-----BEGIN\n", ""}}, {"/b", {"", "open /b: \"no\""}}};
  const std::string line = encode_trust(files);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto order = decode_order(line);
  ASSERT_TRUE(order);
  const auto* decoded = std::get_if<TrustFiles>(&*order);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, files);
}

TEST(HealthWire, NewsArriveAsTheyWere) {
  HealthNews news;
  news.of_list = 7;
  news.changes.push_back({"web/vm7/near", Health::kDown, "status 500 \xff\n", microseconds(12)});
  news.latencies.emplace_back("web/vm8/near", microseconds(345));
  news.remark = "a \"word\"";
  const std::string line = encode_news(news);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto decoded = decode_news(line);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->of_list, 7u);
  EXPECT_EQ(decoded->changes.at(0).state, Health::kDown);
  EXPECT_EQ(decoded->changes.at(0).latency, microseconds(12));
  EXPECT_EQ(decoded->latencies.at(0).second, microseconds(345));
  EXPECT_EQ(decoded->remark, news.remark);
}

TEST(HealthWire, SignsArriveAsTheyWere) {
  const std::string line =
      encode_signs({.in_trouble = {"web/vm7/near"}, .latencies = {{"web/vm8/near", microseconds(345)}}});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto order = decode_order(line);
  ASSERT_TRUE(order);
  const auto* signs = std::get_if<HealthSigns>(&*order);
  ASSERT_TRUE(signs);
  EXPECT_EQ(signs->in_trouble, std::vector<std::string>{"web/vm7/near"});
  EXPECT_EQ(signs->latencies, (std::vector<NamedLatency>{{"web/vm8/near", microseconds(345)}}));
}

TEST(HealthWire, WhatIsNoMessageIsRefused) {
  for (const std::string_view text : {"", "{}", "[", R"({"checks":[],"targets":[{"name":"x"}]})",
                                      R"({"in_trouble":[7],"seen":[]})", R"({"trusted":[["2f"]]})"}) {
    EXPECT_FALSE(decode_order(text)) << text;
    EXPECT_FALSE(decode_news(text)) << text;
  }
}

}   // namespace
}   // namespace sluice::test
