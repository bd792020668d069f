// SPDX-License-Identifier: GPL-2.0-or-later
// What clients of a relay have used in a month, and what becomes of those that used all of it.
#include <gmock/gmock.h>

#include <fstream>

#include "../support/state_directory.hpp"
#include "base/timestamp.hpp"
#include "gateway/quota_book.hpp"
#include "model/quota.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;

TEST(Quota, IsReadAndSpelled) {
  EXPECT_EQ(parse_quota("100GB/month"), 100'000'000'000u);
  EXPECT_EQ(parse_quota("1B/month"), 1u);
  EXPECT_EQ(parse_quota("7kB/month"), 7000u);
  EXPECT_EQ(parse_quota("unlimited"), kUnlimited);
  EXPECT_EQ(parse_quota("1000000TB/month"), 1'000'000'000'000'000'000u);
  for (const char* wrong :
       {"", "GB/month", "0GB/month", "1GB", "1.5GB/month", "-1GB/month", "1 GB/month", "1gb/month",
        "1000001TB/month", "99999999999999999999B/month", "1GB/day", "/month"})
    EXPECT_FALSE(parse_quota(wrong)) << wrong;
  for (const char* text : {"100GB/month", "1500MB/month", "1B/month", "unlimited", "3TB/month"})
    EXPECT_EQ(quota_to_string(*parse_quota(text)), text);
}

struct QuotaBookTest : test::StateDirectoryTest {
  Relay relay;
  QuotaBook::Time november = *parse_rfc3339("2026-11-30T23:59:59Z");
  QuotaBook::Time december = *parse_rfc3339("2026-12-01T00:00:00Z");

  QuotaBookTest() {
    relay.quota = 1000;
    for (const char* name : {"alice", "bob"}) {
      RelayClient client{.name = name};
      client.public_key[0] = static_cast<uint8_t>(*name);
      client.address = IpAddress::parse(*name == 'a' ? "10.102.0.2" : "10.102.0.3");
      relay.clients.push_back(client);
    }
  }
  RelayClient& alice() { return relay.clients[0]; }
  const WireguardKey& key() const { return relay.clients[0].public_key; }
};

TEST_F(QuotaBookTest, CountsWhatPassesFromTheFirstLookOn) {
  QuotaBook book(dir_);
  EXPECT_FALSE(book.note(relay, {{key(), 5000}}, "boot 7", november));
  EXPECT_EQ(book.bytes_of(alice()), 0u);
  EXPECT_FALSE(book.note(relay, {{key(), 5999}}, "boot 7", november));
  EXPECT_EQ(book.bytes_of(alice()), 999u);
  EXPECT_TRUE(book.note(relay, {{key(), 6000}}, "boot 7", november));
  EXPECT_TRUE(book.is_over(relay, alice()));
  EXPECT_FALSE(book.is_over(relay, relay.clients[1]));
  EXPECT_FALSE(book.note(relay, {{key(), 6500}}, "boot 7", november)) << "that is known";
}

TEST_F(QuotaBookTest, LosesNothingWithCountersThatBeginAnew) {
  QuotaBook book(dir_);
  book.note(relay, {{key(), 0}}, "boot 7", november);
  book.note(relay, {{key(), 300}}, "boot 7", november);
  book.note(relay, {{key(), 400}}, "boot 8", november);   // another device, that has counted more already
  EXPECT_EQ(book.bytes_of(alice()), 700u);
  book.note(relay, {{key(), 50}}, "boot 8", november);   // the same, and the peer is a new one
  EXPECT_EQ(book.bytes_of(alice()), 750u);
  book.note(relay, {}, "boot 8", november);   // it is no peer at the moment
  EXPECT_EQ(book.bytes_of(alice()), 750u);
}

TEST_F(QuotaBookTest, GoesOnWhereAnEarlierProcessWasKilled) {
  {
    QuotaBook book(dir_);
    book.note(relay, {{key(), 0}}, "boot 7", november);
    book.note(relay, {{key(), 300}}, "boot 7", november);
    ASSERT_TRUE(book.keep());
    book.note(relay, {{key(), 600}}, "boot 7", november);   // and it dies
  }
  QuotaBook book(dir_);
  EXPECT_EQ(book.bytes_of(alice()), 300u);
  EXPECT_TRUE(book.note(relay, {{key(), 1100}}, "boot 7", november));
  EXPECT_EQ(book.bytes_of(alice()), 1100u);
}

TEST_F(QuotaBookTest, BeginsAnewWithTheMonthAndNotWithAClockThatWentBack) {
  QuotaBook book(dir_);
  book.note(relay, {{key(), 0}}, "boot 7", november);
  EXPECT_TRUE(book.note(relay, {{key(), 2000}}, "boot 7", november));
  EXPECT_FALSE(book.note(relay, {{key(), 2000}}, "boot 7", november - std::chrono::days(400)));
  EXPECT_TRUE(book.is_over(relay, alice()));
  EXPECT_TRUE(book.note(relay, {{key(), 2100}}, "boot 7", december));
  EXPECT_EQ(book.bytes_of(alice()), 100u);
}

TEST_F(QuotaBookTest, FollowsTheOperator) {
  QuotaBook book(dir_);
  book.note(relay, {{key(), 0}}, "boot 7", november);
  book.note(relay, {{key(), 1500}}, "boot 7", november);
  alice().quota = 2000;
  EXPECT_FALSE(book.is_over(relay, alice())) << "at once";
  alice().quota = kUnlimited;
  EXPECT_TRUE(book.note(relay, {{key(), 1600}}, "boot 7", november));
  EXPECT_EQ(book.bytes_of(alice()), 0u) << "nothing is counted of it any more";
}

TEST_F(QuotaBookTest, TakesPortAndAnswersFromWhoIsOver) {
  QuotaBook book(dir_);
  book.note(relay, {{key(), 0}}, "boot 7", november);
  Document document;
  document.relay = relay;
  for (const char* name : {"relay:alice", "relay:alice", "relay:bob", "web"}) {
    Forward forward;
    forward.name = name;
    document.forwards.push_back(forward);
  }
  const Document before = document;
  book.settle(document);
  EXPECT_EQ(document.forwards.size(), 4u);
  book.note(relay, {{key(), 1000}}, "boot 7", november);
  book.settle(document);
  ASSERT_EQ(document.forwards.size(), 2u);
  EXPECT_EQ(document.forwards[0].name, "relay:bob");
  ASSERT_EQ(document.policies.size(), 1u);
  EXPECT_EQ(document.policies[0].action, Action::kDrop);
  EXPECT_THAT(document.policies[0].source.prefixes, ElementsAre(*Prefix::parse("10.102.0.2/32")));
}

TEST_F(QuotaBookTest, KnowsNothingOfAFileThatIsDamaged) {
  for (const char* text :
       {"", "{", "[]", R"({"device": "x", "clients": [{"key": "short", "month": 1, "bytes": 1, "seen": 1}]})",
        R"({"device": "x", "clients": [{"key": 7}]})"}) {
    std::ofstream(dir_ / "quotas.json") << text;
    QuotaBook book(dir_);
    EXPECT_EQ(book.bytes_of(alice()), 0u) << text;
    EXPECT_FALSE(book.note(relay, {{key(), 5}}, "x", november)) << text;
    EXPECT_TRUE(book.keep());
  }
}

}   // namespace
}   // namespace sluice
