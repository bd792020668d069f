// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "dns/cache.hpp"
#include "kernel/resolv_conf.hpp"
#include "resolver/listener.hpp"
#include "resolver/long_answers.hpp"
#include "resolver/upstreams.hpp"

namespace sluice {
namespace {

using dns::Cache;
using std::chrono::seconds;

const Cache::Clock::time_point kStart{std::chrono::hours(1)};
const IpAddress kOneClient = *IpAddress::parse("192.0.2.1"), kOtherClient = *IpAddress::parse("192.0.2.2");

Cache::SharedReply reply_of(size_t bytes, int lives = 60) {
  return std::make_shared<const dns::Reply>(
      dns::Reply{.message = dns::Bytes(bytes), .times = {}, .lives = seconds(lives)});
}

TEST(DnsCache, AnAnswerIsThereAsLongAsItLives) {
  Cache cache(1 << 20, 1 << 20);
  cache.put("a", reply_of(100), kOneClient, kStart);
  EXPECT_EQ(cache.find("a", kStart + seconds(59)).age, seconds(59));
  EXPECT_FALSE(cache.find("a", kStart + seconds(60)).reply);
  EXPECT_EQ(cache.bytes(), 0u);
  cache.put("b", reply_of(100, 0), kOneClient, kStart);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(DnsCache, WhoAsksForVeryManyPushesOutHisOwn) {
  Cache cache(100'000, 20'000);
  cache.put("kept", reply_of(1000), kOtherClient, kStart);
  for (int i = 0; i < 1000; ++i) cache.put(std::to_string(i), reply_of(1000), kOneClient, kStart);
  EXPECT_TRUE(cache.find("kept", kStart).reply);
  EXPECT_TRUE(cache.find("999", kStart).reply);
  EXPECT_FALSE(cache.find("900", kStart).reply);
  EXPECT_LE(cache.bytes(), 22'000u);
}

TEST(DnsCache, AllClientsTogetherHaveABoundToo) {
  Cache cache(100'000, 20'000);
  for (uint32_t i = 0; i < 1000; ++i)
    cache.put(std::to_string(i), reply_of(1000), IpAddress::from_ipv4(i), kStart);
  EXPECT_LE(cache.bytes(), 100'000u);
  EXPECT_TRUE(cache.find("999", kStart).reply);
  EXPECT_FALSE(cache.find("0", kStart).reply);
}

TEST(DnsCache, WhatIsLargerThanAClientsShareIsNotKept) {
  Cache cache(100'000, 20'000);
  cache.put("a", reply_of(30'000), kOneClient, kStart);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(DnsCache, WhatIsToldOfAReplyIsKeptWithIt) {
  Cache cache(1 << 20, 1 << 20);
  const auto whole = reply_of(1000), cleaned = reply_of(500);
  cache.keep_cleaned("a", whole, cleaned);
  EXPECT_EQ(cache.size(), 0u) << "it was not kept itself";
  cache.put("a", whole, kOneClient, kStart);
  const size_t before = cache.bytes();
  EXPECT_FALSE(cache.find("a", kStart).cleaned);
  cache.keep_cleaned("a", reply_of(1000), cleaned);
  EXPECT_FALSE(cache.find("a", kStart).cleaned) << "of another one";
  cache.keep_cleaned("a", whole, cleaned);
  EXPECT_EQ(cache.find("a", kStart).cleaned, cleaned);
  EXPECT_EQ(cache.bytes(), before + cleaned->bytes());
  cache.forget_cleaned();
  EXPECT_FALSE(cache.find("a", kStart).cleaned);
  EXPECT_EQ(cache.bytes(), before);
  cache.keep_cleaned("a", whole, whole);
  EXPECT_EQ(cache.bytes(), before) << "nothing was taken out: it is kept once";
}

TEST(DnsCache, WhatIsKeptWithRepliesIsBoundedToo) {
  Cache cache(100'000, 20'000);
  for (uint32_t i = 0; i < 1000; ++i) {
    const auto whole = reply_of(5000);
    cache.put(std::to_string(i), whole, IpAddress::from_ipv4(i % 7), kStart);
    cache.keep_cleaned(std::to_string(i), whole, reply_of(5000));
    EXPECT_LE(cache.bytes(), 100'000u);
  }
  EXPECT_TRUE(cache.find("999", kStart).cleaned);
  cache.clear();
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(LongAnswers, EachClientHasAShareOfThem) {
  LongAnswers answers;
  const auto takes = [&](const IpAddress& client, seconds after) {
    return answers.take(client, size_t{64} << 10, kStart + after);
  };
  for (size_t i = 0; i < LongAnswers::kAtOnce >> 16; ++i) EXPECT_TRUE(takes(kOneClient, seconds(0)));
  EXPECT_FALSE(takes(kOneClient, seconds(0)));
  EXPECT_TRUE(takes(kOtherClient, seconds(0)));
  EXPECT_TRUE(takes(kOneClient, seconds(1)));
  EXPECT_TRUE(takes(kOneClient, seconds(1)));
  EXPECT_FALSE(takes(kOneClient, seconds(1)));
  EXPECT_FALSE(answers.take(kOneClient, 0, kStart + seconds(1)));
  EXPECT_TRUE(answers.take(kOneClient, 0, kStart + seconds(2)));
}

TEST(DnsCache, ANetworkOfIpv6IsOneClient) {
  EXPECT_EQ(dns::client_of(*IpAddress::parse("2001:db8::1")),
            dns::client_of(*IpAddress::parse("2001:db8::2")));
  EXPECT_NE(dns::client_of(kOneClient), dns::client_of(kOtherClient));
}

TEST(Upstreams, ThoseOfTheMachineStandInItsFile) {
  const auto servers = name_servers(
      "# nameserver 192.0.2.9\nsearch example.org\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 "
      "\nnameserver\nnameserver none\n");
  ASSERT_EQ(servers.size(), 2u);
  EXPECT_EQ(to_string(servers[0]), "192.0.2.1:53");
  EXPECT_EQ(to_string(servers[1]), "[2001:db8::1]:53");
}

TEST(Upstreams, WhoWasSilentIsAskedLastForAWhile) {
  Upstreams upstreams;
  const Endpoint one{kOneClient, 53}, two{kOtherClient, 53};
  upstreams.use({one, two}, {});
  upstreams.note_silent(one, kStart);
  EXPECT_EQ(upstreams.in_order(kStart + seconds(1)), (std::vector{two, one}));
  EXPECT_EQ(upstreams.in_order(kStart + seconds(11)), (std::vector{one, two}));
  upstreams.note_silent(one, kStart);
  upstreams.note_answer(one);
  EXPECT_EQ(upstreams.in_order(kStart + seconds(1)).front(), one);
}

TEST(Upstreams, NobodyAsksHimself) {
  Upstreams upstreams;
  upstreams.use({{kOneClient, 53}, {kOneClient, 5353}, {kOtherClient, 53}}, {kOneClient});
  EXPECT_EQ(upstreams.in_order(kStart).size(), 2u);
}

TEST(ClientSlots, OneClientHasAFew) {
  ClientSlots slots;
  for (size_t i = 0; i < ClientSlots::kMostOfClient; ++i) EXPECT_TRUE(slots.take(kOneClient));
  EXPECT_FALSE(slots.take(kOneClient));
  EXPECT_TRUE(slots.take(kOtherClient));
  slots.give_back(kOneClient);
  EXPECT_TRUE(slots.take(kOneClient));
}

}   // namespace
}   // namespace sluice
