// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>

#include "base/https_url.hpp"
#include "ddns/order.hpp"
#include "ddns/provider.hpp"
#include "ddns/records.hpp"
#include "gateway/name_keeper.hpp"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const OutsideSpot kSpot{IpAddress::parse("203.0.113.1"), IpAddress::parse("2001:db8::1"), 51820};

TEST(HttpsUrl, IsTakenApart) {
  const auto url = parse_https_url("https://dns.example.org/update?zone=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "dns.example.org");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/update?zone=1");
  const auto by_address = parse_https_url("https://[2001:db8::1]:8443");
  ASSERT_TRUE(by_address);
  EXPECT_EQ(by_address->host, "2001:db8::1");
  EXPECT_EQ(by_address->port, 8443);
  EXPECT_EQ(by_address->target, "/");
  EXPECT_EQ(parse_https_url("https://a.example?b")->target, "/?b");
}

TEST(HttpsUrl, IsNothingElse) {
  for (const char* text :
       {"", "https://", "http://a.example/", "https:///x", "https://user.example@a.example/",
        "https://a.example:0/", "https://a.example:65536/", "https://a.example:/", "https://[2001:db8::1",
        "https://[2001:db8::1]x/", "https://a.example/#b", "https://a.example/ b", "https://a.example/\nb",
        "https://a_b.example/"})
    EXPECT_FALSE(parse_https_url(text)) << text;
  EXPECT_FALSE(parse_https_url("https://a.example/" + std::string(600, 'x')));
}

TEST(DdnsRecords, AreThoseOfTheSpot) {
  const auto changes = changes_of(records_of("a.example.org", kSpot, true), 60);
  EXPECT_THAT(
      changes,
      ElementsAre("update delete a.example.org. A", "update add a.example.org. 60 A 203.0.113.1",
                  "update delete a.example.org. AAAA", "update add a.example.org. 60 AAAA 2001:db8::1",
                  "update delete _wireguard._udp.a.example.org. SRV",
                  "update add _wireguard._udp.a.example.org. 60 SRV 0 0 51820 a.example.org."));
}

TEST(DdnsRecords, OfWhatIsNoneAreNone) {
  const auto changes =
      changes_of(records_of("a.example.org", {IpAddress::parse("203.0.113.1"), {}, 0}, true), 60);
  EXPECT_THAT(
      changes,
      ElementsAre("update delete a.example.org. A", "update add a.example.org. 60 A 203.0.113.1",
                  "update delete a.example.org. AAAA", "update delete _wireguard._udp.a.example.org. SRV"));
}

TEST(DdnsOrder, IsReadBack) {
  DdnsOrder order{.name = "a.example.org",
                  .ttl = 30,
                  .spot = kSpot,
                  .resolvers = {{*IpAddress::parse("192.0.2.1"), 5353}},
                  .is_told = true};
  order.provider = ProviderAccess{"https://a.example/", "token", "pem"};
  const auto read = decode_ddns_order(encode_ddns_order(order));
  ASSERT_TRUE(read && read->provider) << read.error().message;
  EXPECT_EQ(read->spot, kSpot);
  EXPECT_EQ(read->provider->token, "token");
  EXPECT_EQ(read->resolvers, order.resolvers);
  EXPECT_TRUE(read->is_told);
  order.updates = DnsAccess{"192.0.2.1", "example.org", "k", 53};
  EXPECT_FALSE(decode_ddns_order(encode_ddns_order(order))) << "one of both";
  for (const char* text : {"", "[]", "{}", "{\"name\": 1}"}) EXPECT_FALSE(decode_ddns_order(text)) << text;
  EXPECT_FALSE(decode_ddns_outcome("{}"));
  EXPECT_EQ(decode_ddns_outcome(encode_ddns_outcome({true, "192.0.2.1", "why"}))->error, "why");
}

TEST(DdnsProvider, IsToldOfBothFamilies) {
  EXPECT_EQ(provider_text("a.example.org", {kSpot.ipv4, {}, 1}),
            R"({"ipv4":"203.0.113.1","ipv6":null,"name":"a.example.org"})");
}

TEST(NameKeeper, PausesLongerAfterEachFailure) {
  EXPECT_EQ(pause_of_name(1), 5s);
  EXPECT_EQ(pause_of_name(2), 10s);
  EXPECT_EQ(pause_of_name(1000), 15min);
}

}   // namespace
}   // namespace sluice
