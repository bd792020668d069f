// SPDX-License-Identifier: GPL-2.0-or-later
// Limits as rows of the fast path's tables.
#include <cmath>

#include "compile/common/rows.hpp"
#include "compile_nft_fixture.hpp"
#include "plan/plan_links.hpp"

namespace sluice::test {
namespace {

NumberedRules rules_of(std::string_view limits) {
  const Document document = parsed(house(R"("limits": [)" + std::string(limits) + "]"));
  const Observed seen = fresh_machine();
  Plan plan;
  return compile_rules(document, seen, plan_links(document, seen, EngineKind::kEbpf, plan));
}

// Nanoseconds that a packet or byte costs.
double cost(const sl_limit& row) {
  return std::ldexp(static_cast<double>(row.multiplier), -row.shift - SL_LIMIT_TIME_SHIFT);
}

TEST(LimitRows, WithoutLimitsThereIsNothingToAsk) {
  const NumberedRules rules = rules_of("");
  EXPECT_EQ(rules.header.limits, 0u);
  EXPECT_TRUE(rules.limits.empty() && rules.limit_rows.empty());
}

TEST(LimitRows, RatesAreExactToAMillionth) {
  const struct {
    const char* rate;
    double nanoseconds;
  } rates[] = {{"1pps", 1e9},   {"20000pps", 5e4},        {"1000000000pps", 1}, {"1kbit", 8e6},
               {"50mbit", 160}, {"7777kbit", 8e6 / 7777}, {"1000gbit", 0.008}};
  for (const auto& [rate, nanoseconds] : rates) {
    const NumberedRules rules = rules_of(R"({"name": "a", "rate": ")" + std::string(rate) + R"("})");
    EXPECT_NEAR(cost(rules.limits[0]) / nanoseconds, 1, 1e-6) << rate;
    EXPECT_LT(rules.limits[0].multiplier, uint64_t{1} << SL_LIMIT_MULTIPLIER_BITS) << rate;
  }
}

TEST(LimitRows, BurstsAreTime) {
  const NumberedRules rules = rules_of(R"({"name": "a", "rate": "1000pps", "burst": "500p"})");
  EXPECT_NEAR(static_cast<double>(rules.limits[0].burst >> SL_LIMIT_TIME_SHIFT), 5e8, 1e3);
}

TEST(LimitRows, KeysAreMasks) {
  const sl_limit row = rules_of(R"({"name": "a", "rate": "1pps", "key": "destination/20/52"})").limits[0];
  EXPECT_EQ(row.key, SL_KEY_DESTINATION);
  EXPECT_EQ(row.mask4, htonl(0xfffff000));
  EXPECT_EQ(row.mask6[0], htonl(0xffffffff));
  EXPECT_EQ(row.mask6[1], htonl(0xfffff000));
  EXPECT_EQ(row.mask6[2], 0u);
}

// Those that cannot drop, and those that need to know the flow, wait until there is one.
TEST(LimitRows, FlagsSayWhenAndWhat) {
  const auto flags = [](const char* more) {
    return rules_of(R"({"name": "a", "rate": "1mbit")" + std::string(more) + "}").limits[0].flags;
  };
  EXPECT_EQ(flags(""), SL_LIMIT_BYTES);
  EXPECT_EQ(flags(R"(, "key": "flow")"), SL_LIMIT_BYTES | SL_LIMIT_LATE);
  EXPECT_EQ(flags(R"(, "action": {"dscp": 8})"), SL_LIMIT_BYTES | SL_LIMIT_MARKS | SL_LIMIT_LATE);
}

TEST(LimitRows, ARowListsTheLimitsOfEachDirection) {
  const NumberedRules rules = rules_of(R"({"name": "up", "from": "lan", "rate": "1pps"},
                                      {"name": "down", "direction": "reply", "rate": "1pps"},
                                      {"name": "all", "from": "lan", "direction": "both", "rate": "1pps"})");
  ASSERT_EQ(rules.limit_rows.size(), 3u) << "none, what is from lan, and the rest";
  EXPECT_EQ(rules.limit_sets.size(), 2u);
  bool found = false;
  for (const sl_limit_row& row : rules.limit_rows)
    if (row.original[0]) {
      EXPECT_EQ(row.original[0], 1u);
      EXPECT_EQ(row.original[1], 3u);
      EXPECT_EQ(row.reply[0], 2u);
      EXPECT_EQ(row.reply[1], 3u);
      found = true;
    }
  EXPECT_TRUE(found);
}

TEST(LimitRows, OnlyWhatDiffersIsLookedUp) {
  const auto dimensions = [](const char* more) {
    return rules_of(R"({"name": "a", "rate": "1pps")" + std::string(more) + "}").header.limits;
  };
  EXPECT_EQ(dimensions(""), uint32_t{SL_LIMITS_ANY});
  EXPECT_EQ(dimensions(R"(, "source": "192.0.2.0/24")"), uint32_t{SL_LIMITS_ANY | SL_LIMITS_BY_SOURCE});
  EXPECT_EQ(dimensions(R"(, "destination": "192.0.2.0/24")"),
            uint32_t{SL_LIMITS_ANY | SL_LIMITS_BY_DESTINATION});
  EXPECT_EQ(dimensions(R"(, "protocol": "udp")"), uint32_t{SL_LIMITS_ANY | SL_LIMITS_BY_SERVICE});
}

TEST(LimitRows, EachCountsUnderTwoNumbers) {
  const NumberedRules rules = rules_of(R"({"name": "a", "rate": "1pps"})");
  std::map<uint8_t, uint32_t> numbers;
  for (const ObjectRow& object : rules.objects)
    if (object.name == "a") numbers[object.kind] = object.number;
  EXPECT_EQ(rules.limits[0].passed, numbers.at(SL_OBJECT_LIMIT));
  EXPECT_EQ(rules.limits[0].exceeded, numbers.at(SL_OBJECT_LIMIT_EXCEEDED));
}

TEST(LimitRows, AChangeOfARateIsAChangeOfTheRules) {
  EXPECT_NE(digest_of(rules_of(R"({"name": "a", "rate": "1pps"})")),
            digest_of(rules_of(R"({"name": "a", "rate": "2pps"})")));
}

}   // namespace
}   // namespace sluice::test
