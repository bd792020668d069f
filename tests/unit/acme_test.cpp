// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "../support/state_directory.hpp"
#include "acme/client.hpp"
#include "acme/key_request.hpp"
#include "acme/ledger.hpp"
#include "acme/order.hpp"
#include "acme/schedule.hpp"
#include "base/timestamp.hpp"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

WallTime wall(std::string_view time) { return *parse_rfc3339(time); }

TEST(AcmeSchedule, RenewsAtTwoThirdsOfALife) {
  const WallTime begins = wall("2030-01-01T00:00:00Z"), ends = begins + 90 * 24h;
  for (const char* fingerprint : {"aa", "bb", "cc"}) {
    const auto at = renewal_of(begins, ends, fingerprint);
    EXPECT_GE(at, begins + 60 * 24h);
    EXPECT_LT(at, begins + 63 * 24h);
    EXPECT_EQ(at, renewal_of(begins, ends, fingerprint)) << "it is the same after a restart";
  }
  EXPECT_NE(renewal_of(begins, ends, "aa"), renewal_of(begins, ends, "bb"));
}

TEST(AcmeSchedule, PausesLongerAfterEachFailure) {
  EXPECT_GE(pause_after(1, "a.example"), 10s);
  EXPECT_LE(pause_after(1, "a.example"), 12s);
  EXPECT_GE(pause_after(5, "a.example"), 6250s);
  EXPECT_GE(pause_after(1000, "a.example"), 6h);
  EXPECT_LE(pause_after(1000, "a.example"), 8h);
}

TEST(AcmeSchedule, HasNoMoreThanSoManyOrdersAnHour) {
  const WallTime now = wall("2030-01-01T12:00:00Z");
  AcmeLedger ledger;
  for (size_t i = 0; i < kMostOrdersAnHour; ++i) {
    EXPECT_EQ(order_allowed_at(ledger.orders, now), now);
    note_order(ledger, now);
  }
  EXPECT_EQ(order_allowed_at(ledger.orders, now + 1min), now + 1h);
  note_order(ledger, now + 2h);
  EXPECT_EQ(ledger.orders.size(), 1) << "those of before are forgotten";
}

using AcmeLedgerTest = test::StateDirectoryTest;

TEST_F(AcmeLedgerTest, OutlivesTheProcess) {
  const auto file = dir_ / "orders.json";
  AcmeLedger ledger;
  note_order(ledger, wall("2030-01-01T12:00:00Z"));
  note_failure(ledger, "a.example", "no", wall("2030-01-01T12:00:00Z"));
  note_failure(ledger, "a.example", "never", wall("2030-01-01T12:01:00Z"));
  ledger.paused_until = wall("2030-01-02T00:00:00Z");
  ASSERT_TRUE(write_ledger(file, ledger));
  const AcmeLedger read = read_ledger(file);
  EXPECT_EQ(read.orders, ledger.orders);
  EXPECT_EQ(read.paused_until, ledger.paused_until);
  ASSERT_TRUE(read.names.contains("a.example"));
  EXPECT_EQ(read.names.at("a.example").failures, 2);
  EXPECT_EQ(read.names.at("a.example").error, "never");
  EXPECT_EQ(read.names.at("a.example").next, ledger.names.at("a.example").next);
  for (const char* broken : {"", "[]", "{", R"({"orders": 1, "names": {"a": 1}, "paused_until": "x"})"}) {
    std::ofstream(file) << broken;
    EXPECT_EQ(read_ledger(file).paused_until, WallTime{});
  }
}

TEST(AcmeOrder, GoesThereAndBack) {
  const AcmeOrder order{.directory = "https://a.example/dir",
                        .email = "b@c",
                        .request = "r\nr",
                        .dns = DnsAccess{"192.0.2.1", "z", "k", 5353},
                        .dns_wait = 3s};
  const auto read = decode_acme_order(encode_order(order));
  ASSERT_TRUE(read && read->dns);
  EXPECT_EQ(read->request, order.request);
  EXPECT_EQ(read->dns->port, 5353);
  EXPECT_EQ(read->dns_wait, 3s);
  EXPECT_FALSE(decode_acme_order("[]"));
}

TEST(AcmeOrder, TakesNoWordsOfHaproxyForAChallenge) {
  EXPECT_TRUE(decode_acme_saying(encode_challenge({true, "to-ken_1", "to-ken_1.thumb"})));
  for (const char* evil : {"", "a b", "a;quit", "a\nb", "a/../b"}) {
    EXPECT_FALSE(decode_acme_saying(encode_challenge({true, evil, "x"}))) << evil;
    EXPECT_FALSE(decode_acme_saying(encode_challenge({true, "x", evil}))) << evil;
  }
}

TEST(AcmeFailure, SaysWhatTheAuthoritySaid) {
  const auto limited = failure_of(
      "uacme: failed to create new order at https://a.example/order\nuacme: the server reported the "
      "following "
      "error:\n{\n"
      "    \"type\": \"urn:ietf:params:acme:error:rateLimited\",\n"
      "    \"detail\": \"too many certificates, retry after 2030-01-01 00:00:00 UTC: see\",\n    \"status\": "
      "429\n}\n");
  EXPECT_TRUE(limited.is_limited);
  EXPECT_THAT(limited.error, HasSubstr("too many certificates"));
  EXPECT_EQ(limited.not_before, parse_rfc3339("2030-01-01T00:00:00Z"));
  const auto away =
      failure_of("uacme: curl_get: waiting 5 seconds before retrying\nuacme: curl_get: GET x failed: no\n");
  EXPECT_EQ(away.error, "curl_get: GET x failed: no");
  EXPECT_EQ(failure_of("").error, "uacme does not say why");
}

TEST(AcmeOrder, TellsAZoneOfAChallenge) {
  const DnsAccess dns{"2001:db8::53", "example.org", ""};
  EXPECT_EQ(update_text(dns, {challenge_update("a.example.org", "x", true)}),
            "server 2001:db8::53 53\nzone example.org.\nupdate add _acme-challenge.a.example.org. 60 TXT "
            "\"x\"\nsend\n");
  EXPECT_THAT(challenge_update("a.example.org", "x", false),
              HasSubstr("delete _acme-challenge.a.example.org. TXT \"x\""));
}

TEST(KeyRequest, IsNewEachTime) {
  const auto one = make_key_request("*.example.org"), other = make_key_request("*.example.org");
  ASSERT_TRUE(one && other);
  EXPECT_THAT(one->request, HasSubstr("BEGIN CERTIFICATE REQUEST"));
  EXPECT_NE(one->key, other->key);
}

}   // namespace
}   // namespace sluice
