// SPDX-License-Identifier: GPL-2.0-or-later
// Events on their way to collectors: what waits, what processes say to each other, the RFC's numbers.
#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/nat_records.hpp"
#include "ipfix/record_queue.hpp"
#include "ipfix/wire.hpp"

namespace sluice::test {
namespace {

constexpr uint64_t kEventTime = 1'800'000'000'057;

NatRecord numbered(uint32_t number) {
  NatRecord record{.time = 0};
  record.pool = number;
  return record;
}

std::vector<uint32_t> numbers_in(const RecordQueue& queue) {
  std::vector<uint32_t> numbers;
  for (const NatRecord& one : queue.waiting()) numbers.push_back(one.pool);
  return numbers;
}

TEST(RecordQueue, OfTooManyTheOldestGiveWayAndAreCounted) {
  RecordQueue queue(3);
  const std::vector<NatRecord> two = {numbered(1), numbered(2)};
  const std::vector<NatRecord> four = {numbered(3), numbered(4), numbered(5), numbered(6)};
  EXPECT_EQ(queue.add(two), 0U);
  EXPECT_EQ(queue.add(four), 3U);
  EXPECT_EQ(numbers_in(queue), (std::vector<uint32_t>{4, 5, 6}));
  queue.take(2);
  EXPECT_EQ(numbers_in(queue), (std::vector<uint32_t>{6}));
  queue.take(9);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(RecordQueue, KeepsTheOrderHoweverItIsFilledAndTaken) {
  RecordQueue queue(100);
  uint32_t next = 0, lost = 0, taken = 0;
  for (uint32_t round = 0; round < 1000; ++round) {
    for (uint32_t i = 0; i < round % 7; ++i) lost += queue.add(std::vector{numbered(next++)});
    const size_t some = std::min<size_t>(round % 5, queue.size());
    for (size_t i = 0; i < some; ++i) ASSERT_EQ(queue.waiting()[i].pool, taken + lost + i);
    queue.take(some);
    taken += static_cast<uint32_t>(some);
  }
  EXPECT_EQ(next, taken + lost + queue.size());
  EXPECT_GT(lost, 0U);
}

NatEvent event(EventKind kind, const char* inside = "192.168.10.2", const char* outside = "203.0.113.1") {
  return {.kind = kind,
          .protocol = 6,
          .vrf = 1100,
          .inside = *IpAddress::parse(inside),
          .outside = *IpAddress::parse(outside),
          .inside_port = 4000,
          .outside_port = 4001,
          .rule_number = 5,
          .rule = "out",
          .count = 9,
          .time = std::chrono::system_clock::time_point(std::chrono::milliseconds(kEventTime))};
}

std::string body_of(const std::string& frame) { return frame.substr(sizeof(FrameHeader)); }

TEST(IpfixWire, OrderIsReadAsItWasWritten) {
  const IpfixOrder order{.collectors = {{.name = "archive",
                                         .to = *parse_endpoint("[2001:db8::7]:4739"),
                                         .protocol = CollectorProtocol::kTcp},
                                        {.name = "watch", .to = *parse_endpoint("198.51.100.7:1")}},
                         .domain = 4'294'967'295};
  const auto read = decode_ipfix_order(body_of(frame_of(order)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->collectors, order.collectors);
  EXPECT_EQ(read->domain, order.domain);
  for (const char* text :
       {"", "{}", R"({"collectors":[{}],"domain":1})", R"({"collectors":[],"domain":"x"})"})
    EXPECT_FALSE(decode_ipfix_order(text)) << text;
}

TEST(IpfixWire, RecordsAreReadAsTheyWereWritten) {
  const std::vector<NatRecord> records = {numbered(7), *record_of(event(EventKind::kMappingMade))};
  const std::string body = body_of(frame_of(records));
  const auto read = decode_records(body);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[1].inside, records[1].inside);
  EXPECT_EQ((*read)[0].pool, 7U);
  EXPECT_FALSE(decode_records(body.substr(1)));
  EXPECT_EQ(decode_lost(body_of(frame_of_lost(77))).value_or(0), 77U);
  EXPECT_FALSE(decode_lost("1234"));
}

TEST(IpfixWire, NewsAreReadAsTheyWereWritten) {
  const IpfixNews news{.received = 12, .collectors = {{"archive", 5, 6, 1, "it is \"away\""}}};
  const auto read = decode_ipfix_news(encode_ipfix_news(news));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->received, 12U);
  ASSERT_EQ(read->collectors.size(), 1U);
  EXPECT_EQ(read->collectors[0].trouble, "it is \"away\"");
  EXPECT_EQ(read->collectors[0].lost, 6U);
  EXPECT_FALSE(decode_ipfix_news("{}"));
}

TEST(NatRecords, EachEventHasItsNumbers) {
  using enum EventKind;
  using Number = NatEventNumber;
  using Numbers = std::pair<NatEventNumber, QuotaNumber>;
  const auto numbers = [](const NatEvent& one) {
    const auto record = record_of(one);
    return record ? std::optional(Numbers(record->event, record->quota)) : std::nullopt;
  };
  EXPECT_EQ(numbers(event(kMappingMade)), Numbers(Number::kBibMade, QuotaNumber::kNone));
  EXPECT_EQ(numbers(event(kMappingEnded)), Numbers(Number::kBibEnded, QuotaNumber::kNone));
  EXPECT_EQ(numbers(event(kMappingMade, "2001:db8::2", "2001:db8:f::1")),
            Numbers(Number::kBibMade, QuotaNumber::kNone));
  EXPECT_EQ(numbers(event(kPortsExhausted)), Numbers(Number::kPortsExhausted, QuotaNumber::kNone));
  EXPECT_EQ(numbers(event(kPortsExhausted, "192.168.10.2", "0.0.0.0")),
            Numbers(Number::kAddressesExhausted, QuotaNumber::kNone));
  EXPECT_EQ(numbers(event(kHostMappings)), Numbers(Number::kQuotaExceeded, QuotaNumber::kOfHost));
  EXPECT_EQ(numbers(event(kHostFlows)), Numbers(Number::kQuotaExceeded, QuotaNumber::kOfHost));
  EXPECT_EQ(numbers(event(kTableFull)), Numbers(Number::kQuotaExceeded, QuotaNumber::kSessions));
  EXPECT_EQ(numbers(event(kHalfOpenFull)), Numbers(Number::kQuotaExceeded, QuotaNumber::kSessions));
  EXPECT_EQ(numbers(event(kMappingsFull)), Numbers(Number::kQuotaExceeded, QuotaNumber::kBibs));
  EXPECT_EQ(numbers(event(kTargetHalfOpen)), std::nullopt);
}

TEST(NatRecords, NothingOfTheEventIsLeftOut) {
  const auto record = record_of(event(EventKind::kMappingMade));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->time, kEventTime);
  EXPECT_EQ(record->inside, IpAddress::parse("192.168.10.2")->bytes());
  EXPECT_EQ(record->outside, IpAddress::parse("203.0.113.1")->bytes());
  EXPECT_EQ(record->inside_port, 4000);
  EXPECT_EQ(record->outside_port, 4001);
  EXPECT_EQ(record->vrf, 1100U);
  EXPECT_EQ(record->pool, 5U);
  EXPECT_EQ(record->limit, 9U);
  EXPECT_EQ(record->protocol, 6);
}

}   // namespace
}   // namespace sluice::test
